//! The headers of an ELF file as the page shows them.

use stageplay_core::report::ElfReport;
use stageplay_protocol::ProgramHeaders;

pub(crate) fn program_headers(report: ElfReport) -> ProgramHeaders {
    let versions = report.versions_needed.into_iter().map(|one| (one.library, one.versions));
    ProgramHeaders {
        machine: report.machine,
        linking: report.linking.to_string(),
        size: report.size,
        interpreter: report.interpreter,
        needed: report.needed,
        versions: versions.collect(),
        search_paths: [report.rpath, report.runpath].concat(),
        built_with: match report.go {
            Some(go) => go.version,
            None => report.comment.join(", "),
        },
    }
}
