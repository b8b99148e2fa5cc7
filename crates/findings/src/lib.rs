//! Rules that state what is wrong with an estate, with witnesses.
