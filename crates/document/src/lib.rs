//! JSON and YAML read into trees that know where each value stands.
