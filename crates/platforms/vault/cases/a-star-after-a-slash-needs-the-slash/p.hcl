path "sys/mounts/*" { capabilities = ["read"] }
