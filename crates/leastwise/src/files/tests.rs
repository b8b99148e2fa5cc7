//! Which files are read, in which order, and what is skipped.

use super::*;

fn names(folder: &Path, arguments: &[PathBuf]) -> Vec<String> {
    find(arguments, &mut Vec::new())
        .expect("the folder is there")
        .into_iter()
        .map(|found| found.shown.replace(&shown(folder), "~"))
        .collect()
}

#[test]
fn folders_are_searched_in_order_without_hidden_files_and_settings() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("b/.git")).expect("made");
    for name in [
        "b/2.json",
        "b/1.json",
        "a.json",
        ".hidden",
        "b/.git/config",
        "leastwise.toml",
    ] {
        fs::write(at(name), "{}").expect("written");
    }
    assert_eq!(
        names(folder.path(), &[folder.path().to_path_buf()]),
        ["~/a.json", "~/b/1.json", "~/b/2.json"]
    );
    assert_eq!(names(folder.path(), &[at(".hidden")]), ["~/.hidden"]);
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_end_and_no_file_is_read_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).expect("made");
    fs::write(inner.join("one.json"), "{}").expect("written");
    std::os::unix::fs::symlink(folder.path(), inner.join("up")).expect("linked");
    std::os::unix::fs::symlink(inner.join("one.json"), folder.path().join("z.json")).expect("linked");
    let both = [folder.path().to_path_buf(), inner];
    assert_eq!(names(folder.path(), &both), ["~/inner/one.json"]);
}

#[test]
fn a_missing_argument_is_named() {
    let problem = find(&["no/such".into()], &mut Vec::new()).expect_err("must not be found");
    assert_eq!(problem.to_string(), "no/such: no such file or folder");
}

#[test]
fn settings_are_found_above_but_not_above_the_repository() {
    let folder = tempfile::tempdir().expect("a folder");
    let deep = folder.path().join("estate/aws/prod");
    fs::create_dir_all(&deep).expect("made");
    assert_eq!(settings_for(&deep), None);
    fs::write(folder.path().join("estate/leastwise.toml"), "").expect("written");
    assert_eq!(
        settings_for(&deep),
        Some(folder.path().join("estate/leastwise.toml"))
    );
    fs::create_dir(deep.join(".git")).expect("made");
    assert_eq!(settings_for(&deep), None);
}

#[test]
fn paths_in_settings_are_spelled_as_the_files_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let inner = folder.path().join("k8s/prod/rbac");
    fs::create_dir_all(&inner).expect("made");
    let spelled = |argument: &Path| respelled(folder.path(), "k8s/prod", &[argument.to_path_buf()]);
    assert_eq!(spelled(folder.path()), [shown(&folder.path().join("k8s/prod"))]);
    assert_eq!(spelled(&inner), [shown(&inner)]);
    assert!(respelled(folder.path(), "k8s/other", &[inner]).is_empty());
}
