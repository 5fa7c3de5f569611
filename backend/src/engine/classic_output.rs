//! Parses the output of the classic builder. It tells messages of the builder from the output of a step's program.
//!
//! Both arrive on one stream in the same form, and a program can print everything that the builder prints: it knows the
//! Dockerfile, and the id of its container from its host name. So the parser tracks whether a program runs. While none
//! runs, every message is the builder's. While one runs, every message is output of the program, until a message names
//! something that only the builder can know: the image that was committed from this container. Its id is a digest that
//! depends on a time in the future. The caller asks the engine whether that is true ([`Claim`]).
//!
//! Docker prints `Step 2/3 : RUN x`, ` ---> Running in CONTAINER`, the output, `Removing intermediate container
//! CONTAINER` and ` ---> IMAGE` (moby, `builder/dockerfile`). Podman prints `STEP 2/3: RUN x`, the output and
//! `--> IMAGE` (buildah).

/// A parsed message.
#[derive(Debug, PartialEq)]
pub(super) enum ClassicMessage {
    /// A step begins. Podman counts the steps of each stage separately, and names the stage.
    Step { stage: Option<usize>, number: usize },
    /// The result of the step comes from the build cache.
    Cached,
    /// A program runs in the container with this id.
    Container(String),
    /// The step ends with this image.
    Image(StepImage),
    /// The engine must be asked whether this is a message of the builder. [`ClassicOutputParser::resolve`] takes the
    /// answer.
    Claim(Claim),
    /// Output of the step's program.
    Output(String),
    /// A message of the builder that has no meaning here.
    Ignored,
}

/// The image that a step ends with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StepImage {
    /// The image id, or its beginning.
    pub(super) id: String,
    /// The image was created by this build: it is neither cached nor a base image.
    pub(super) is_new: bool,
    /// ONBUILD triggers of the base image ran before. Each of them created an image, too.
    pub(super) has_triggers: bool,
}

/// A message that says that a step's program has ended. A program can print it, too, so the engine must confirm it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Claim {
    /// The container of the program. Podman does not name it.
    pub(super) container: Option<String>,
    /// What the engine has if the message is the builder's.
    pub(super) proof: Proof,
    /// The message.
    message: String,
    /// The message, with the held-back message before it. It is output if the claim is false.
    output: String,
}

/// What a message names that only the builder can know.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Proof {
    /// An image that was committed from the container.
    Image(String),
    /// A container that was created from such an image, for the next ONBUILD trigger.
    Container(String),
    /// An image from the cache. Podman announces it before a program runs.
    Cached(String),
}

#[derive(Debug, Default)]
enum Running {
    /// No program runs: every message is the builder's.
    #[default]
    Builder,
    /// A program runs, in this container if the builder named it.
    Program(Option<String>),
}

/// Parses the messages of one build.
#[derive(Debug, Default)]
pub(super) struct ClassicOutputParser {
    running: Running,
    /// A message that says that the container was removed. The next message decides whose it is.
    held_back: Option<String>,
    /// The current step: its stage (Podman) and its number.
    step: (Option<usize>, usize),
    is_from: bool,
    is_cached: bool,
    has_run: bool,
    has_triggers: bool,
}

impl ClassicOutputParser {
    /// Parses the next message.
    pub(super) fn parse(&mut self, text: &str) -> ClassicMessage {
        let Running::Program(container) = &self.running else { return self.parse_builder_message(text) };
        let container = container.clone();
        if is_end_of_container(text, container.as_deref()) {
            return self.held_back.replace(text.to_string()).map_or(ClassicMessage::Ignored, ClassicMessage::Output);
        }
        // Docker first prints that the container was removed. Podman prints COMMIT, only at the last step of a stage.
        let may_end = self.held_back.is_some() || container.is_none();
        let output = self.held_back.take().unwrap_or_default() + text;
        match proof(text, container.is_none()).filter(|_| may_end) {
            Some(proof) => ClassicMessage::Claim(Claim { container, proof, message: text.to_string(), output }),
            None => ClassicMessage::Output(output),
        }
    }

    /// Returns what the message of a claim is, after the engine was asked.
    pub(super) fn resolve(&mut self, claim: Claim, is_true: bool) -> ClassicMessage {
        if !is_true {
            return ClassicMessage::Output(claim.output);
        }
        self.running = Running::Builder;
        self.parse_builder_message(&claim.message)
    }

    /// Parses a message while no program runs.
    fn parse_builder_message(&mut self, text: &str) -> ClassicMessage {
        let line = text.trim_end_matches(['\n', '\r']);
        if let Some((stage, number, name)) =
            parse_step_line(line).filter(|(stage, number, _)| self.is_next_step(*stage, *number))
        {
            self.step = (stage, number);
            self.is_from = name.get(..5).is_some_and(|keyword| keyword.eq_ignore_ascii_case("FROM "));
            (self.is_cached, self.has_run, self.has_triggers) = (false, false, false);
            let is_run = name.get(..4).is_some_and(|keyword| keyword.eq_ignore_ascii_case("RUN "));
            if without_stage(line).starts_with("STEP ") && is_run {
                self.running = Running::Program(None);
            }
            return ClassicMessage::Step { stage, number };
        }
        if let Some(rest) = line.strip_prefix(" ---> ").or_else(|| line.strip_prefix("--> ")) {
            if rest == "Using cache" || rest.strip_prefix("Using cache ").is_some_and(is_id) {
                self.is_cached = true;
                return ClassicMessage::Cached;
            }
            if let Some(id) = rest.strip_prefix("Running in ").filter(|id| is_id(id)) {
                self.running = Running::Program(Some(id.to_string()));
                self.has_run = true;
                return ClassicMessage::Container(id.to_string());
            }
            if is_id(rest) {
                let is_new =
                    if self.is_from { self.has_run || self.has_triggers } else { self.has_run || !self.is_cached };
                return ClassicMessage::Image(StepImage {
                    id: rest.to_string(),
                    is_new,
                    has_triggers: self.has_triggers,
                });
            }
        }
        self.has_triggers |= line.starts_with("# Executing ") && line.contains(" build trigger");
        let ignored =
            ["Removing intermediate", "Removed intermediate", " ---> Removed intermediate", "Successfully ", "COMMIT "];
        let is_digest = line.len() == 64 && is_id(line);
        if line.is_empty() || is_digest || ignored.iter().any(|prefix| without_stage(line).starts_with(prefix)) {
            return ClassicMessage::Ignored;
        }
        ClassicMessage::Output(text.to_string())
    }

    /// Whether a step follows the current one.
    fn is_next_step(&self, stage: Option<usize>, number: usize) -> bool {
        let (last_stage, last) = self.step;
        number == last + 1 && (stage == last_stage || last == 0) || number == 1 && stage > last_stage
    }
}

/// Removes the stage that Podman prints first, such as `[1/2] `.
fn without_stage(line: &str) -> &str {
    line.strip_prefix('[').and_then(|rest| rest.split_once("] ")).map_or(line, |(_, rest)| rest)
}

/// Whether a message says that the container was removed (Docker) or that the stage is committed (Podman).
fn is_end_of_container(text: &str, container: Option<&str>) -> bool {
    let Some(line) = text.strip_suffix('\n') else { return false };
    match container {
        None => without_stage(line).starts_with("COMMIT "),
        Some(id) => ["Removing intermediate container ", "Removed intermediate container "]
            .iter()
            .any(|words| line.strip_prefix(" ---> ").unwrap_or(line).strip_prefix(words) == Some(id)),
    }
}

/// The proof that a message names.
fn proof(text: &str, podman: bool) -> Option<Proof> {
    let line = text.strip_suffix('\n')?;
    let rest = line.strip_prefix(if podman { "--> " } else { " ---> " })?;
    if podman && let Some(id) = rest.strip_prefix("Using cache ") {
        return is_id(id).then(|| Proof::Cached(id.to_string()));
    }
    if let Some(id) = rest.strip_prefix("Running in ") {
        return is_id(id).then(|| Proof::Container(id.to_string()));
    }
    is_id(rest).then(|| Proof::Image(rest.to_string()))
}

/// Parses `Step 3/7 : RUN x`, or Podman's `STEP 3/7: RUN x` and `[2/2] STEP 1/3: FROM y`, into stage, number and name.
fn parse_step_line(line: &str) -> Option<(Option<usize>, usize, &str)> {
    let (stage, line) = match line.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        Some((stage, rest)) => (Some(stage.split_once('/')?.0.parse::<usize>().ok()?.checked_sub(1)?), rest),
        None => (None, line),
    };
    let rest = line.strip_prefix("Step ").or_else(|| line.strip_prefix("STEP "))?;
    let (numbers, name) = rest.split_once(" : ").or_else(|| rest.split_once(": "))?;
    let (number, total) = numbers.split_once('/')?;
    total.parse::<usize>().ok()?;
    Some((stage, number.parse().ok()?, name))
}

/// Whether a text is an id, complete or shortened as builders print it.
fn is_id(text: &str) -> bool {
    (11..=64).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "0123456789ab";
    const IMAGE: &str = "ba9876543210";

    fn image(id: &str, is_new: bool) -> ClassicMessage {
        ClassicMessage::Image(StepImage { id: id.into(), is_new, has_triggers: false })
    }

    fn after(texts: &[&str]) -> ClassicOutputParser {
        let mut parser = ClassicOutputParser::default();
        for text in texts {
            parser.parse(text);
        }
        parser
    }

    #[test]
    fn a_step_goes_from_its_line_to_its_image() {
        let mut parser = ClassicOutputParser::default();
        assert_eq!(parser.parse("Step 1/3 : FROM a"), ClassicMessage::Step { stage: None, number: 1 });
        assert_eq!(parser.parse("\n"), ClassicMessage::Ignored);
        assert_eq!(parser.parse(&format!(" ---> {IMAGE}\n")), image(IMAGE, false));
        parser.parse("Step 2/3 : RUN b");
        assert_eq!(parser.parse(" ---> Using cache\n"), ClassicMessage::Cached);
        assert_eq!(parser.parse(&format!(" ---> {IMAGE}\n")), image(IMAGE, false));
        parser.parse("Step 3/3 : RUN c");
        assert_eq!(parser.parse(&format!(" ---> Running in {OWN}\n")), ClassicMessage::Container(OWN.into()));
        assert_eq!(parser.parse("hello\n"), ClassicMessage::Output("hello\n".into()));
        assert_eq!(parser.parse(&format!("Removing intermediate container {OWN}\n")), ClassicMessage::Ignored);
        let ClassicMessage::Claim(claim) = parser.parse(&format!(" ---> {IMAGE}\n")) else {
            panic!("the engine is asked")
        };
        assert_eq!((claim.container.as_deref(), &claim.proof), (Some(OWN), &Proof::Image(IMAGE.into())));
        assert_eq!(parser.resolve(claim, true), image(IMAGE, true));
        assert_eq!(parser.parse(&format!("Successfully built {IMAGE}\n")), ClassicMessage::Ignored);
    }

    #[test]
    fn what_a_program_prints_stays_its_output() {
        let running = format!(" ---> Running in {OWN}\n");
        let mut parser = after(&["Step 1/3 : FROM a", "Step 2/3 : RUN b", &running]);
        for text in [
            " ---> Using cache\n",
            "Step 3/3 : RUN evil\n",
            " ---> ba9876543210\n",
            " ---> Running in ba9876543210\n",
            "Successfully built six\n",
            "COMMIT x\n",
            "Removing intermediate container ba9876543210\n",
            "0000000000000000000000000000000000000000000000000000000000000000\n",
        ] {
            assert_eq!(parser.parse(text), ClassicMessage::Output(text.into()));
        }
        // The program knows the id of its container. The engine is asked and denies the claim.
        let (gone, made) = (format!("Removing intermediate container {OWN}\n"), format!(" ---> {IMAGE}\n"));
        assert_eq!(parser.parse(&gone), ClassicMessage::Ignored);
        assert_eq!(parser.parse(&gone), ClassicMessage::Output(gone.clone()));
        let ClassicMessage::Claim(claim) = parser.parse(&made) else { panic!("the engine is asked") };
        assert_eq!(parser.resolve(claim, false), ClassicMessage::Output(format!("{gone}{made}")));
        assert_eq!(parser.parse("Step 3/3 : RUN evil\n"), ClassicMessage::Output("Step 3/3 : RUN evil\n".into()));
        assert_eq!(parser.parse(&gone), ClassicMessage::Ignored);
        assert_eq!(parser.parse("more\n"), ClassicMessage::Output(format!("{gone}more\n")));
    }

    #[test]
    fn triggers_run_below_a_base_image() {
        let running = |id: &str| format!(" ---> Running in {id}\n");
        let mut parser = after(&["Step 1/1 : FROM a", "# Executing 2 build triggers\n", &running(OWN)]);
        parser.parse(&format!("Removing intermediate container {OWN}\n"));
        let ClassicMessage::Claim(claim) = parser.parse(&running(IMAGE)) else { panic!("the engine is asked") };
        assert_eq!(claim.proof, Proof::Container(IMAGE.into()));
        assert_eq!(parser.resolve(claim, true), ClassicMessage::Container(IMAGE.into()));
        parser.parse(&format!("Removing intermediate container {IMAGE}\n"));
        let ClassicMessage::Claim(claim) = parser.parse(&format!(" ---> {OWN}\n")) else {
            panic!("the engine is asked")
        };
        let made = StepImage { id: OWN.into(), is_new: true, has_triggers: true };
        assert_eq!(parser.resolve(claim, true), ClassicMessage::Image(made));
    }

    #[test]
    fn podman_numbers_each_stage() {
        assert_eq!(parse_step_line("[2/2] STEP 2/3: COPY a b"), Some((Some(1), 2, "COPY a b")));
        assert_eq!(parse_step_line("STEP 1/3: FROM a"), Some((None, 1, "FROM a")));
        assert_eq!(parse_step_line("[0/2] STEP 1/3: FROM a"), None);
        let mut parser = after(&["[1/2] STEP 1/2: FROM a\n", "[1/2] STEP 2/2: RUN b\n"]);
        assert_eq!(parser.parse("STEP 1/1: FROM evil\n"), ClassicMessage::Output("STEP 1/1: FROM evil\n".into()));
        let ClassicMessage::Claim(claim) = parser.parse(&format!("--> {IMAGE}\n")) else {
            panic!("the engine is asked")
        };
        assert_eq!(parser.resolve(claim, true), image(IMAGE, true));
        assert_eq!(parser.parse("[2/2] STEP 1/1: FROM c\n"), ClassicMessage::Step { stage: Some(1), number: 1 });
        assert_eq!(parser.parse("[2/2] STEP 2/2: RUN d\n"), ClassicMessage::Step { stage: Some(1), number: 2 });
        let ClassicMessage::Claim(claim) = parser.parse(&format!("--> Using cache {IMAGE}\n")) else { panic!("asked") };
        assert_eq!(parser.resolve(claim, true), ClassicMessage::Cached);
        assert_eq!(parser.parse("[2/2] COMMIT name\n"), ClassicMessage::Ignored);
        assert_eq!(parser.parse(&format!("--> {IMAGE}\n")), image(IMAGE, false));
    }
}
