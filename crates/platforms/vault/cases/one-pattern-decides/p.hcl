path "secret/*" { capabilities = ["create", "read", "update", "delete"] }
path "secret/data/app" { capabilities = ["list"] }
