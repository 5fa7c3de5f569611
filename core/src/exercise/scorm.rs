//! A pack or a collection as a SCORM 1.2 package: one unit (SCO), which is the page with the pack beside it.
//!
//! The texts of the package are made here; whoever writes the package adds the files of the page. The form is that of
//! "SCORM 1.2 Content Aggregation Model" (ADL, 2001), section 2.2, and of IMS Content Packaging 1.1.2.

use serde_json::json;
use std::fmt::Write as _;

/// What the page asks for beside itself: the pack's text.
const PACK: &str = "pack.json";
/// The settings of the page inside of a learning platform.
const SETTINGS: &str = "lms.json";
/// What the platform opens.
const LAUNCH: &str = "launch.html";

/// A package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scorm<'a> {
    /// The name of the pack or the collection: small letters, digits and hyphens.
    pub name: &'a str,
    /// The heading.
    pub title: &'a str,
    /// The text of the pack, as [`super::to_bundle`] writes it.
    pub bundle: &'a str,
    /// The address of an xAPI endpoint; empty for none. It stands in the package, so that students can read it.
    pub xapi_endpoint: &'a str,
    /// The value of the header `Authorization` for it; empty for none.
    pub xapi_authorization: &'a str,
    /// The paths of the page's files, relative to its `index.html`, which are put into the package as they are.
    pub page: &'a [String],
}

/// A text with the characters of markup escaped. What XML 1.0 (section 2.2) does not allow becomes a space.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' | '\t' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

impl Scorm<'_> {
    /// The files of the package beside those of the page: path, text.
    pub fn files(&self) -> Vec<(&'static str, String)> {
        let settings = json!({
            "lms": 1,
            "xapi": if self.xapi_endpoint.is_empty() {
                serde_json::Value::Null
            } else {
                json!({ "endpoint": self.xapi_endpoint, "authorization": self.xapi_authorization })
            },
        });
        let launch = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{}</title>\n<script src=\"launch.js\"></script>\n</html>\n",
            escape(self.title)
        );
        vec![
            ("imsmanifest.xml", self.manifest()),
            (LAUNCH, launch),
            // Platforms do not all keep a query in the manifest.
            ("launch.js", "location.replace(\"index.html?lms=1\");\n".to_string()),
            (SETTINGS, format!("{settings:#}\n")),
            (PACK, self.bundle.to_string()),
        ]
    }

    fn manifest(&self) -> String {
        let (name, title) = (escape(self.name), escape(self.title));
        let own = [LAUNCH, "launch.js", SETTINGS, PACK].map(str::to_string);
        let mut files = String::new();
        for path in own.iter().chain(self.page) {
            let _ = writeln!(files, "      <file href=\"{}\"/>", escape(path));
        }
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="stageplay-{name}" version="1.0" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.imsproject.org/xsd/imscp_rootv1p1p2 imscp_rootv1p1p2.xsd http://www.adlnet.org/xsd/adlcp_rootv1p2 adlcp_rootv1p2.xsd">
  <metadata>
    <schema>ADL SCORM</schema>
    <schemaversion>1.2</schemaversion>
  </metadata>
  <organizations default="organization">
    <organization identifier="organization">
      <title>{title}</title>
      <item identifier="item" identifierref="page" isvisible="true">
        <title>{title}</title>
        <adlcp:masteryscore>100</adlcp:masteryscore>
      </item>
    </organization>
  </organizations>
  <resources>
    <resource identifier="page" type="webcontent" adlcp:scormtype="sco" href="{LAUNCH}">
{files}    </resource>
  </resources>
</manifest>
"#
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_names_its_files_and_no_title_breaks_its_manifest() {
        let page = ["index.html".to_string(), "data-1/a&b.json".to_string()];
        let scorm = Scorm {
            name: "one",
            title: "A <b>\"title\"</b> & a \u{1}",
            bundle: "{}",
            xapi_endpoint: "https://lrs.example/xapi/",
            xapi_authorization: "Basic x",
            page: &page,
        };
        let files = scorm.files();
        let text = |name: &str| files.iter().find(|(path, _)| *path == name).unwrap().1.clone();
        let manifest = text("imsmanifest.xml");
        assert!(manifest.contains("<title>A &lt;b&gt;&quot;title&quot;&lt;/b&gt; &amp; a  </title>"), "{manifest}");
        assert!(manifest.contains("href=\"data-1/a&amp;b.json\"") && manifest.contains("adlcp:scormtype=\"sco\""));
        let settings: serde_json::Value = serde_json::from_str(&text("lms.json")).unwrap();
        assert_eq!(settings["xapi"]["endpoint"], "https://lrs.example/xapi/");
        let plain = Scorm { xapi_endpoint: "", ..scorm }.files();
        assert!(plain.iter().any(|(path, text)| *path == "lms.json" && text.contains("\"xapi\": null")));
    }
}
