#!/bin/sh
# Prints what leastwise reads of a server. Needs BAO_ADDR or VAULT_ADDR, a token in BAO_TOKEN or VAULT_TOKEN, curl and jq.
set -eu
ADDR=${BAO_ADDR:-${VAULT_ADDR:-http://127.0.0.1:8200}} TOKEN=${BAO_TOKEN:-${VAULT_TOKEN:-}}
PRODUCT=${1:-openbao} NAMESPACE=${2:-}
call() { curl -sS -X "$1" -H "X-Vault-Token: $TOKEN" -H "X-Vault-Namespace: $NAMESPACE" "$ADDR/v1/$2" | jq -c --arg p "$2" 'if . == null then empty else {($p): .} end'; }
keys() { curl -sS -X LIST -H "X-Vault-Token: $TOKEN" -H "X-Vault-Namespace: $NAMESPACE" "$ADDR/v1/$1" | jq -r '(.data.keys // [])[]'; }
each() { call LIST "$1/"; for key in $(keys "$1"); do call GET "$1/$key"; done; }
mounts() { curl -sS -H "X-Vault-Token: $TOKEN" -H "X-Vault-Namespace: $NAMESPACE" "$ADDR/v1/$1" | jq -r '.data | to_entries[] | "\(.value.type) \(.key)"'; }
{
  for path in sys/health sys/auth sys/mounts; do call GET $path; done
  each sys/policies/acl
  each identity/entity/id; each identity/group/id; each auth/token/roles
  mounts sys/auth | while read -r type mount; do
    case $type in
      approle|aws|azure|gcp|jwt|kubernetes|oidc) each "auth/${mount}role" ;;
      cert) each "auth/${mount}certs" ;;
      ldap) each "auth/${mount}users"; each "auth/${mount}groups" ;;
      userpass) each "auth/${mount}users" ;;
    esac
    case $type in jwt|oidc|kubernetes) call GET "auth/${mount}config" ;; esac
  done
  mounts sys/mounts | while read -r type mount; do
    case $type in
      aws|azure|database|kubernetes|pki|rabbitmq|ssh) each "${mount}roles" ;;
      transit) each "${mount}keys" ;;
    esac
    case $type in database) each "${mount}static-roles" ;; esac
  done
} | jq -s --arg product "$PRODUCT" --arg namespace "$NAMESPACE" \
  '{leastwise: "vault-export/v1", product: $product, namespace: $namespace, responses: add}'
