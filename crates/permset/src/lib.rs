//! Exact sets of requests (action × resource × context) with witnesses.
