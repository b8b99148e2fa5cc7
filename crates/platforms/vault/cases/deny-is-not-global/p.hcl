path "d/*" { capabilities = ["deny"] }
path "d/ok" { capabilities = ["read"] }
path "e/*" { capabilities = ["read"] }
path "e/no" { capabilities = ["deny"] }
