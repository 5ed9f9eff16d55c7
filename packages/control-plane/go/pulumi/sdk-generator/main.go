// sdk-generator writes the SDK of a Pulumi package in Go or Python: sdk-generator go|python SCHEMA FOLDER.
package main

import (
	"asm-autoscaler/control-plane/dotnet-sdk/sdk"

	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

func main() {
	const tool = "sdk-generator"
	sdk.Main(map[string]sdk.Generator{
		"go": func(pkg *schema.Package, _ schema.ReferenceLoader) (map[string][]byte, error) {
			return gogen.GeneratePackage(tool, pkg, nil)
		},
		"python": func(pkg *schema.Package, loader schema.ReferenceLoader) (map[string][]byte, error) {
			return python.GeneratePackage(tool, pkg, nil, loader)
		},
	})
}
