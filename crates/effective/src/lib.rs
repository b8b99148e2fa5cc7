//! Who can do what, directly or by becoming somebody else.
