package sdk

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// A reference to a resource of another package, such as /kubernetes/v4.34.2/schema.json#/resources/kubernetes:apps%2Fv1:Deployment.
var resourceReference = regexp.MustCompile(`"/([^/"]+)/v[^/"]+/schema\.json#/resources/([^"]+)"`)

// referencedResources gives the tokens of the resources that a schema refers to, by their package.
func referencedResources(schemaText []byte) map[string][]string {
	found := map[string][]string{}
	for _, match := range resourceReference.FindAllSubmatch(schemaText, -1) {
		if token, err := url.PathUnescape(string(match[2])); err == nil {
			found[string(match[1])] = append(found[string(match[1])], token)
		}
	}
	return found
}

// references stands in for the schemas of other packages, which their plugins have and which are not here. A package
// that it loads has only the resources that are referred to, without properties: an SDK that names them needs no more.
type references struct{ wanted map[string][]string }

func (r references) LoadPackageReferenceV2(
	_ context.Context, descriptor *schema.PackageDescriptor,
) (schema.PackageReference, error) {
	tokens, ok := r.wanted[descriptor.Name]
	if !ok {
		return nil, fmt.Errorf("no resource of package %q is referred to", descriptor.Name)
	}
	spec := schema.PackageSpec{Name: descriptor.Name, Resources: map[string]schema.ResourceSpec{}}
	// "core/v1" is the module core.v1 of the Python SDK, as the schema of kubernetes says too.
	spec.Meta = &schema.MetadataSpec{ModuleFormat: "(.*)"}
	if descriptor.Version != nil {
		spec.Version = descriptor.Version.String()
		spec.Language = map[string]schema.RawMessage{"go": goImports(descriptor.Name, descriptor.Version.Major, tokens)}
	}
	for _, token := range tokens {
		spec.Resources[token] = schema.ResourceSpec{}
	}
	pkg, diagnostics, err := schema.BindSpec(spec, r, schema.ValidationOptions{})
	if err != nil {
		return nil, err
	}
	if diagnostics.HasErrors() {
		return nil, diagnostics
	}
	return pkg.Reference(), nil
}

// goImports says where the Go SDK of a package is and how its modules are imported, as the schemas of Pulumi's own
// packages do: apps/v1 as appsv1.
func goImports(name string, major uint64, tokens []string) schema.RawMessage {
	base := fmt.Sprintf("github.com/pulumi/pulumi-%s/sdk/v%d/go/%s", name, major, name)
	aliases := map[string]string{}
	for _, token := range tokens {
		module := strings.Split(token, ":")[1]
		aliases[base+"/"+module] = strings.ReplaceAll(module, "/", "")
	}
	text, _ := json.Marshal(map[string]any{"importBasePath": base, "packageImportAliases": aliases})
	return text
}

func (r references) LoadPackageReference(name string, version *semver.Version) (schema.PackageReference, error) {
	return r.LoadPackageReferenceV2(context.Background(), &schema.PackageDescriptor{Name: name, Version: version})
}

func (r references) LoadPackageV2(ctx context.Context, descriptor *schema.PackageDescriptor) (*schema.Package, error) {
	reference, err := r.LoadPackageReferenceV2(ctx, descriptor)
	if err != nil {
		return nil, err
	}
	return reference.Definition()
}

func (r references) LoadPackage(name string, version *semver.Version) (*schema.Package, error) {
	return r.LoadPackageV2(context.Background(), &schema.PackageDescriptor{Name: name, Version: version})
}
