path "foo/+/bar/b*" { capabilities = ["read"] }
path "foo/+/bar/ba*" { capabilities = ["update"] }
