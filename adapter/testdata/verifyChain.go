// Verifies chains as Kubernetes does, for clientChain.go.test.ts: a JSON array of cases on standard input, one verdict for
// each on standard output, "" where the chain holds. Run by `go run`; the standard library alone.
package main

import (
	"crypto/x509"
	"encoding/json"
	"os"
)

type chain struct {
	Sent        [][]byte `json:"sent"`
	Authorities [][]byte `json:"authorities"`
}

func verdict(c chain) string {
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	for _, der := range c.Authorities {
		root, err := x509.ParseCertificate(der)
		if err != nil {
			return err.Error()
		}
		roots.AddCert(root)
	}
	var leaf *x509.Certificate
	for i, der := range c.Sent {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return err.Error()
		}
		if i == 0 {
			leaf = certificate
		} else {
			intermediates.AddCert(certificate)
		}
	}
	// As apiserver/pkg/authentication/request/x509: DefaultVerifyOptions.
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots:         roots,
		Intermediates: intermediates,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return err.Error()
	}
	return ""
}

func main() {
	var chains []chain
	if err := json.NewDecoder(os.Stdin).Decode(&chains); err != nil {
		panic(err)
	}
	verdicts := []string{}
	for _, c := range chains {
		verdicts = append(verdicts, verdict(c))
	}
	if err := json.NewEncoder(os.Stdout).Encode(verdicts); err != nil {
		panic(err)
	}
}
