//! What the client complains of.

/// The code of the error that the client tells, such as `AccessDenied`.
pub(super) fn code(complaint: &str) -> Option<&str> {
    let (_, rest) = complaint.split_once("An error occurred (")?;
    let (code, _) = rest.split_once(')')?;
    code.chars()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == '.')
        .then_some(code)
}

/// Errors by which AWS says that there is nothing of this.
pub(super) fn is_nothing(code: &str) -> bool {
    code.starts_with("NoSuch")
        || code.ends_with("NotFoundException")
        || code.ends_with("NotFound")
        || code == "AWSOrganizationsNotInUseException"
}

/// Errors by which AWS asks for patience. Source: botocore, `botocore/retries/standard.py`, `_THROTTLED_ERROR_CODES`, which
/// the client itself repeats a few times before it tells them.
pub(super) fn is_busy(code: &str) -> bool {
    matches!(
        code,
        "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "RequestThrottledException"
            | "TooManyRequestsException"
            | "ProvisionedThroughputExceededException"
            | "TransactionInProgressException"
            | "RequestLimitExceeded"
            | "BandwidthLimitExceeded"
            | "LimitExceededException"
            | "RequestThrottled"
            | "SlowDown"
            | "PriorRequestNotComplete"
            | "EC2ThrottledException"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_passes_is_asked_again() {
        let told = |code: &str| {
            format!(
                "\nAn error occurred ({code}) when calling the ListKeys operation (reached max retries: 4): Rate exceeded"
            )
        };
        assert_eq!(code(&told("ThrottlingException")), Some("ThrottlingException"));
        assert!(
            [
                "ThrottlingException",
                "RequestLimitExceeded",
                "TooManyRequestsException",
                "SlowDown"
            ]
            .iter()
            .all(|code| is_busy(code))
        );
        assert!(
            ![
                "AccessDenied",
                "ExpiredToken",
                "NoSuchBucketPolicy",
                "InternalError"
            ]
            .iter()
            .any(|code| is_busy(code))
        );
        assert_eq!(code("An error occurred (${SECRET}) when calling"), None);
    }
}
