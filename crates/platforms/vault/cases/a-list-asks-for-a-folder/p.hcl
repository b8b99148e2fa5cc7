path "secret/metadata/app" { capabilities = ["list"] }
path "secret/metadata/*" { capabilities = ["read"] }
