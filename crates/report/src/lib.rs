//! Answers as text, JSON and SARIF.
