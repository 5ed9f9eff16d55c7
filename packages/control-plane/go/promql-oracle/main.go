// promql-oracle says what the PromQL parser of Prometheus makes of queries. Tests compare our parser with it.
//
//	promql-oracle parse            reads one JSON string on each line, writes one verdict on each line
//	promql-oracle corpus FOLDER    writes the queries of Prometheus's own tests, one JSON string on each line
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/prometheus/prometheus/promql/parser"
)

// verdict is what a parser makes of one query.
type verdict struct {
	// Error is empty if the parser accepts the query.
	Error string `json:"error,omitempty"`
	// Type is scalar, vector, matrix or string.
	Type string `json:"type,omitempty"`
	// Shape is the tree of the query, see shape.
	Shape string `json:"shape,omitempty"`
	// Selectors has the matchers of each selector, as label, operator and value.
	Selectors [][][3]string `json:"selectors,omitempty"`
}

// The parsers of a server with every optional part of PromQL, without and with Unicode in unquoted names. That option
// is apart because it also rejects what is accepted without it.
var (
	plain = parser.NewParser(parser.Options{EnableExperimentalFunctions: true, EnableBinopFillModifiers: true})
	utf8  = parser.NewParser(parser.Options{
		EnableExperimentalFunctions: true, EnableBinopFillModifiers: true, EnableUnquotedUTF8Names: true,
	})
)

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == "parse":
		err = parseLines(lines, out)
	case len(os.Args) == 3 && os.Args[1] == "corpus":
		err = writeCorpus(lines, os.Args[2])
	default:
		err = fmt.Errorf("usage: promql-oracle parse | promql-oracle corpus FOLDER")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		out.Flush()
		os.Exit(1)
	}
}

func parseLines(lines *json.Encoder, out *bufio.Writer) error {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<24)
	for in.Scan() {
		var query string
		if err := json.Unmarshal(in.Bytes(), &query); err != nil {
			return err
		}
		verdicts := map[string]verdict{"plain": judge(plain, query), "utf8": judge(utf8, query)}
		if err := lines.Encode(verdicts); err != nil {
			return err
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
	return in.Err()
}

func judge(with parser.Parser, query string) verdict {
	expression, err := with.ParseExpr(query)
	if err != nil {
		return verdict{Error: err.Error()}
	}
	found := verdict{Type: string(expression.Type()), Shape: shape(expression)}
	parser.Inspect(expression, func(node parser.Node, _ []parser.Node) error {
		if selector, ok := node.(*parser.VectorSelector); ok {
			matchers := [][3]string{}
			for _, m := range selector.LabelMatchers {
				matchers = append(matchers, [3]string{m.Name, m.Type.String(), m.Value})
			}
			found.Selectors = append(found.Selectors, matchers)
		}
		return nil
	})
	return found
}
