//! Names of roles of permission sets.

use super::set_of_role;

#[test]
fn the_name_of_a_role_holds_that_of_its_permission_set() {
    let role = |name: &str| {
        format!("arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/{name}")
    };
    assert_eq!(
        set_of_role(&role("AWSReservedSSO_Data_Reader_0123456789abcdef")),
        Some("Data_Reader")
    );
    assert_eq!(
        set_of_role(
            "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef"
        ),
        Some("Admin")
    );
    for other in [
        role("AWSReservedSSO_Admin_0123"),
        role("Admin_0123456789abcdef"),
        "arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_0123456789abcdef".to_owned(),
    ] {
        assert_eq!(set_of_role(&other), None, "{other}");
    }
}
