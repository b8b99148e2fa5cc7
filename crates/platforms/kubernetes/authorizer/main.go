// Asks the RBAC authorizer of Kubernetes, without a cluster: one JSON document a line in, one a line out.
//
// A document holds the objects of one cluster, users, requests, and pairs of rule lists. The answer says of each user which
// requests the authorizer allows, and of each pair which rules the owner's do not cover. Built by build.sh inside the
// unpacked Debian source package, as part of Kubernetes: nothing here decides anything.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	covering "k8s.io/component-helpers/auth/rbac/validation"
	resolving "k8s.io/kubernetes/pkg/registry/rbac/validation"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac"
)

type person struct {
	Name   string   `json:"name"`
	Groups []string `json:"groups"`
}

// A request for a URL has a path and a verb; one for a resource everything else.
type request struct {
	Verb        string `json:"verb"`
	Group       string `json:"group"`
	Resource    string `json:"resource"`
	Subresource string `json:"subresource"`
	Namespace   string `json:"namespace"`
	Name        string `json:"name"`
	Path        string `json:"path"`
}

type pair struct {
	Owner   []rbacv1.PolicyRule `json:"owner"`
	Servant []rbacv1.PolicyRule `json:"servant"`
}

type question struct {
	Roles               []*rbacv1.Role               `json:"roles"`
	ClusterRoles        []*rbacv1.ClusterRole        `json:"clusterRoles"`
	RoleBindings        []*rbacv1.RoleBinding        `json:"roleBindings"`
	ClusterRoleBindings []*rbacv1.ClusterRoleBinding `json:"clusterRoleBindings"`
	Users               []person                     `json:"users"`
	Requests            []request                    `json:"requests"`
	Pairs               []pair                       `json:"pairs"`
}

type answer struct {
	// Of each user one letter for each request: y where it is allowed, n where the authorizer has no opinion.
	Allowed   []string              `json:"allowed"`
	Uncovered [][]rbacv1.PolicyRule `json:"uncovered"`
}

func attributes(who *user.DefaultInfo, asked request) authorizer.Attributes {
	return authorizer.AttributesRecord{
		User:            who,
		Verb:            asked.Verb,
		Namespace:       asked.Namespace,
		APIGroup:        asked.Group,
		Resource:        asked.Resource,
		Subresource:     asked.Subresource,
		Name:            asked.Name,
		ResourceRequest: asked.Path == "",
		Path:            asked.Path,
	}
}

func (asked *question) answer() answer {
	_, objects := resolving.NewTestRuleResolver(
		asked.Roles, asked.RoleBindings, asked.ClusterRoles, asked.ClusterRoleBindings)
	real := rbac.New(objects, objects, objects, objects)
	found := answer{Allowed: make([]string, len(asked.Users)), Uncovered: make([][]rbacv1.PolicyRule, len(asked.Pairs))}
	for at, one := range asked.Users {
		who := &user.DefaultInfo{Name: one.Name, Groups: one.Groups}
		allowed := make([]byte, len(asked.Requests))
		for at, one := range asked.Requests {
			// Roles that are missing are errors beside the decision; they change nothing.
			decision, _, _ := real.Authorize(context.Background(), attributes(who, one))
			if decision == authorizer.DecisionAllow {
				allowed[at] = 'y'
			} else {
				allowed[at] = 'n'
			}
		}
		found.Allowed[at] = string(allowed)
	}
	for at, one := range asked.Pairs {
		_, found.Uncovered[at] = covering.Covers(one.Owner, one.Servant)
	}
	return found
}

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	questions, answers := json.NewDecoder(lines), json.NewEncoder(os.Stdout)
	for questions.More() {
		var asked question
		if err := questions.Decode(&asked); err != nil {
			fmt.Fprintln(os.Stderr, "not a question:", err)
			os.Exit(1)
		}
		if err := answers.Encode(asked.answer()); err != nil {
			fmt.Fprintln(os.Stderr, "cannot answer:", err)
			os.Exit(1)
		}
	}
}
