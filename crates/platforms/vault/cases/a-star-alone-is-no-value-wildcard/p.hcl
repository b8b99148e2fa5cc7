path "c" {
  capabilities = ["update"]
  allowed_parameters = { "x" = ["*"], "y" = ["**"], "z" = ["a*b"] }
}
