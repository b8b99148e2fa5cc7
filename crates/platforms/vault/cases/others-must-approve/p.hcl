path "g" {
  capabilities = ["read", "update"]
  control_group = {
    ttl = "1h"
    factor "ops" {
      controlled_capabilities = ["read"]
      identity {
        group_names = ["approvers"]
        approvals = 1
      }
    }
  }
}
