path "f/+/g/*" { capabilities = ["read"] }
path "f/x/*" { capabilities = ["update"] }
