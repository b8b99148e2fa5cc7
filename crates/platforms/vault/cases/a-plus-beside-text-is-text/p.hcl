path "k/+x" { capabilities = ["read"] }
path "a+b*" { capabilities = ["read"] }
path "a+b/+" { capabilities = ["update"] }
path "ab*" { capabilities = ["read"] }
path "ab/+" { capabilities = ["update"] }
