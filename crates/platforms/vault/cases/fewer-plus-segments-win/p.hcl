path "foo/+/+" { capabilities = ["read"] }
path "foo/+/b" { capabilities = ["update"] }
