path "c/closed" {
  capabilities = ["update", "delete"]
  allowed_parameters = { "ttl" = ["1h", "2*"], "name" = [] }
}
path "c/open" {
  capabilities = ["update"]
  allowed_parameters = { "ttl" = ["1h"], "*" = [] }
}
