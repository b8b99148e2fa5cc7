path "foo/*" { capabilities = ["read"] }
path "foo/+" { capabilities = ["update"] }
