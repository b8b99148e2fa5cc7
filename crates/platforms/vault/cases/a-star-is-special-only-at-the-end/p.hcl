path "i/mid*le" { capabilities = ["read"] }
path "j/a*" { capabilities = ["read"] }
