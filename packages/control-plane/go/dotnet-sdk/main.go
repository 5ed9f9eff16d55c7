// dotnet-sdk writes the .NET SDK of a Pulumi package: dotnet-sdk dotnet SCHEMA FOLDER.
//
// The generator has moved to pulumi/pulumi-dotnet. This is a copy in the last version of pulumi/pkg that we found with
// it, from the month of the move.
package main

import (
	"net/http"

	"asm-autoscaler/control-plane/dotnet-sdk/sdk"

	"github.com/pulumi/pulumi/pkg/v3/codegen/dotnet"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

func main() {
	http.DefaultTransport = noNetwork{}
	sdk.Main(map[string]sdk.Generator{
		"dotnet": func(pkg *schema.Package, _ schema.ReferenceLoader) (map[string][]byte, error) {
			return dotnet.GeneratePackage("dotnet-sdk", pkg, nil, nil)
		},
	})
}

// noNetwork answers each request with nothing. The generator downloads a logo, which no test needs.
type noNetwork struct{}

func (noNetwork) RoundTrip(request *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: request}, nil
}
