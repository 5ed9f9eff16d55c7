package main

import (
	"encoding/json"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
)

// The lines with a query in a test script. Source: patEvalInstant and patEvalRange in promql/promqltest/test.go.
var (
	instant = regexp.MustCompile(`(?m)^\s*eval(?:_\w+)?\s+instant\s+(?:at\s+.+?\s+)?(\S.*)$`)
	ranged  = regexp.MustCompile(`(?m)^\s*eval(?:_\w+)?\s+range\s+from\s+.+?\s+to\s+.+?\s+step\s+\S+\s+(\S.*)$`)
)

// writeCorpus writes the queries of the test scripts and of the parser's own tests. The folder is that of the module
// github.com/prometheus/prometheus.
func writeCorpus(lines *json.Encoder, folder string) error {
	seen := map[string]bool{}
	write := func(query string) error {
		if seen[query] {
			return nil
		}
		seen[query] = true
		return lines.Encode(query)
	}
	scripts, err := filepath.Glob(filepath.Join(folder, "promql/promqltest/testdata/*.test"))
	if err != nil {
		return err
	}
	for _, script := range scripts {
		text, err := os.ReadFile(script)
		if err != nil {
			return err
		}
		for _, pattern := range []*regexp.Regexp{instant, ranged} {
			for _, match := range pattern.FindAllSubmatch(text, -1) {
				if err := write(string(match[1])); err != nil {
					return err
				}
			}
		}
	}
	tests, err := filepath.Glob(filepath.Join(folder, "promql/parser/*_test.go"))
	if err != nil {
		return err
	}
	for _, test := range tests {
		file, err := goparser.ParseFile(token.NewFileSet(), test, nil, 0)
		if err != nil {
			return err
		}
		for _, query := range inputs(file) {
			if err := write(query); err != nil {
				return err
			}
		}
	}
	return nil
}

// inputs returns the strings of the fields named input, in and out: the queries of the parser's table tests.
func inputs(file *ast.File) []string {
	var found []string
	ast.Inspect(file, func(node ast.Node) bool {
		pair, ok := node.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		key, isName := pair.Key.(*ast.Ident)
		literal, isLiteral := pair.Value.(*ast.BasicLit)
		if !isName || !isLiteral || literal.Kind != token.STRING {
			return true
		}
		if key.Name == "input" || key.Name == "in" || key.Name == "out" {
			if text, err := strconv.Unquote(literal.Value); err == nil {
				found = append(found, text)
			}
		}
		return true
	})
	return found
}
