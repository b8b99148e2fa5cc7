path "e/*" { capabilities = ["read"] }
path "e/x" {
  capabilities = ["deny"]
  expiration = "2027-01-01T00:00:00Z"
}
path "f/x" {
  capabilities = ["read"]
  expiration = "2027-01-01T00:00:00Z"
}
