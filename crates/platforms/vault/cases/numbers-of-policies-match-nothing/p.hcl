path "c" {
  capabilities = ["update"]
  allowed_parameters = { "n" = [5], "b" = [true] }
}
