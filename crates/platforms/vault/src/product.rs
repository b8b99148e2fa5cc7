//! Which of the two servers, where they differ.

/// The server whose rules apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Product {
    /// OpenBao 2; what is taken where an export does not say.
    #[default]
    OpenBao,
    /// HashiCorp Vault 1.17 and later.
    Vault,
}

impl Product {
    /// Its name in an export.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenBao => "openbao",
            Self::Vault => "vault",
        }
    }

    /// What people call it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::OpenBao => "OpenBao",
            Self::Vault => "Vault",
        }
    }

    /// The product of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::OpenBao, Self::Vault]
            .into_iter()
            .find(|product| product.as_str().eq_ignore_ascii_case(name))
    }
}
