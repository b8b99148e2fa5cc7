path "/secret/data/app" { capabilities = ["read"] }
path "//other" { capabilities = ["read"] }
