path "secret/data/shop/*" {
  capabilities = ["read"]
}

path "sys/policies/acl/*" {
  capabilities = ["update"]
}
