// Package sdk writes the SDK of a Pulumi package as `pulumi package add` does. That command asks a language plugin, and
// not every one is published as a Go module. The generators behind them are, in pulumi/pkg.
package sdk

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// Generator gives the files of an SDK by their path.
type Generator func(pkg *schema.Package, loader schema.ReferenceLoader) (map[string][]byte, error)

// Main writes the SDK of a schema file into a folder. Its arguments are LANGUAGE SCHEMA FOLDER.
func Main(generators map[string]Generator) {
	if len(os.Args) != 4 || generators[os.Args[1]] == nil {
		fmt.Fprintf(os.Stderr, "usage: %s LANGUAGE SCHEMA FOLDER\n", filepath.Base(os.Args[0]))
		os.Exit(2)
	}
	if err := generate(generators[os.Args[1]], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func generate(generator Generator, schemaFile, folder string) error {
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		return err
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(text, &spec); err != nil {
		return fmt.Errorf("%s: %w", schemaFile, err)
	}
	loader := references{wanted: referencedResources(text)}
	pkg, diagnostics, err := schema.BindSpec(spec, loader, schema.ValidationOptions{})
	if err != nil {
		return err
	}
	if diagnostics.HasErrors() {
		return diagnostics
	}
	pkg.SupportPack = true // as `pulumi package add` sets it: a Go SDK gets a go.mod
	files, err := generator(pkg, loader)
	if err != nil {
		return err
	}
	for name, content := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
