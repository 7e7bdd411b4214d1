package faq

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
)

// Model holds the weights a desk decides with. They are fitted by [Train] on data made from the corpus; the shipped ones
// lie in model.json, which names how it was made.
type Model struct {
	Recipe     string             // how the weights were made
	Rank       map[string]float64 // by feature name
	Confidence map[string]float64 // by feature name, with "bias"

	rankW [rankFeatures]float64
	confW [confInputs]float64
	bias  float64
	enc   *encoder
}

//go:embed model.json
var shippedModel []byte

// ShippedModel returns the weights that come with the program.
func ShippedModel() (*Model, error) {
	return ReadModel(shippedModel, shippedEncoder)
}

// ReadModel reads weights from JSON and an encoder from its own form, as [Model.Files] writes them. Names it does not know are an error, so that weights and code cannot drift apart.
func ReadModel(data, encoder []byte) (*Model, error) {
	enc, err := readEncoder(encoder)
	if err != nil {
		return nil, err
	}
	m := &Model{enc: enc}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	if err := place(m.rankW[:], rankNames[:], m.Rank); err != nil {
		return nil, err
	}
	m.bias = m.Confidence["bias"]
	if err := place(m.confW[:], inputNames(), m.Confidence); err != nil {
		return nil, err
	}
	return m, nil
}

// Files returns the weights as the files they are shipped in, by name.
func (m *Model) Files() (map[string][]byte, error) {
	weights, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	enc, err := m.enc.bytes()
	if err != nil {
		return nil, fmt.Errorf("encoder: %w", err)
	}
	return map[string][]byte{"model.json": append(weights, '\n'), "encoder.bin": enc}, nil
}

func place(out []float64, names []string, weights map[string]float64) error {
	at := map[string]int{"bias": -1}
	for i, n := range names {
		at[n] = i
	}
	for n, w := range weights {
		i, ok := at[n]
		if !ok {
			return fmt.Errorf("weights: unknown feature %q", n)
		}
		if i >= 0 {
			out[i] = w
		}
	}
	return nil
}

func (m *Model) rank(f [rankFeatures]float64) float64 {
	sum := 0.0
	for i, w := range m.rankW {
		sum += w * f[i]
	}
	return sum
}

func (m *Model) confidence(f [confFeatures]float64) float64 {
	sum := m.bias
	for i, x := range bend(f) {
		sum += m.confW[i] * x
	}
	return 1 / (1 + math.Exp(-sum))
}

// slope is the weight of a feature of the confidence where its value lies.
func (m *Model) slope(i int, v float64) float64 {
	w := m.confW[i]
	for j, k := range knees {
		if v > k {
			w += m.confW[(j+1)*confFeatures+i]
		}
	}
	return w
}

// softmax turns linear scores into shares of one.
func softmax(list []candidate) {
	if len(list) == 0 {
		return
	}
	top, sum := list[0].rank, 0.0
	for i := range list {
		list[i].p = math.Exp(list[i].rank - top)
		sum += list[i].p
	}
	for i := range list {
		list[i].p /= sum
	}
}
