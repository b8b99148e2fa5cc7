path "k/+" { capabilities = ["read"] }
path "l/+/*" { capabilities = ["read"] }
