path "a/b/+" { capabilities = ["read"] }
path "a/b/c" { capabilities = ["update"] }
