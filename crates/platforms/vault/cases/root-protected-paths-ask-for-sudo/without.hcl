path "sys/*" { capabilities = ["create", "read", "update"] }
