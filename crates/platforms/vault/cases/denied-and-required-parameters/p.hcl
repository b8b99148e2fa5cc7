path "c" {
  capabilities = ["update"]
  denied_parameters = { "policies" = ["*admin", "root"], "force" = [] }
  required_parameters = ["ttl"]
}
path "none" {
  capabilities = ["update"]
  denied_parameters = { "*" = [] }
}
