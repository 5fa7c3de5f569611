//! Which messages of a build's stream are the classic builder's own and which a step's program printed.
//!
//! Both come down one stream in the same form, and a program can print whatever a builder says: it knows
//! the Dockerfile, and its container's id from its own host name. So what counts is what runs. While no
//! program does, every message is the builder's. Once one runs, everything is its output until a message
//! names what only the builder can know: the image that was made of this very container, whose id is a
//! digest of a time that is still to come. The engine is asked for that ([`Claim`]).
//!
//! Docker says `Step 2/3 : RUN x`, ` ---> Running in CONTAINER`, what is printed, `Removing intermediate
//! container CONTAINER`, ` ---> IMAGE` (moby, `builder/dockerfile`); Podman `STEP 2/3: RUN x`, what is
//! printed, `--> IMAGE` (buildah).

/// What a message was.
#[derive(Debug, PartialEq)]
pub(super) enum Message {
    /// A step begins. Podman numbers the steps of each stage anew, and says the stage.
    Step { stage: Option<usize>, number: usize },
    /// The step's result comes from the cache.
    Cached,
    /// A program runs in a container of this id.
    Container(String),
    /// What the step made, or took from the cache or a base image.
    Image(Made),
    /// Only the engine can tell.
    Claim(Claim),
    /// Printed.
    Output(String),
    /// The builder's own, of which nothing is told.
    Nothing,
}

/// An image that a step ended with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Made {
    /// Its id, or the beginning of it.
    pub(super) id: String,
    /// Made by this build: neither cached nor a base image.
    pub(super) is_new: bool,
    /// Triggers of the base image ran below it, each with an image of its own.
    pub(super) has_triggers: bool,
}

/// A message that ends a step's program if the engine says so.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Claim {
    /// The container that would be over; Podman does not say.
    pub(super) container: Option<String>,
    /// What would have been made of it.
    pub(super) proof: Proof,
    /// The message itself, and with it what is output if it is none of the builder's.
    said: String,
    printed: String,
}

/// What only the builder can know.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Proof {
    /// An image that was made of the container.
    Image(String),
    /// A container that stands on such an image: of a base image's next trigger.
    Container(String),
    /// An image that was there already; Podman says so before a program runs.
    Cached(String),
}

#[derive(Debug, Default)]
enum Running {
    /// Nothing: the builder speaks.
    #[default]
    Nothing,
    /// A program in this container, if the builder said which.
    Program(Option<String>),
}

/// Follows one build's stream.
#[derive(Debug, Default)]
pub(super) struct Grammar {
    running: Running,
    /// What may be the builder's word that a container is gone: the next message decides.
    held: Option<String>,
    /// The step: stage and number.
    at: (Option<usize>, usize),
    is_from: bool,
    cached: bool,
    ran: bool,
    triggers: bool,
}

impl Grammar {
    /// Reads the next message.
    pub(super) fn read(&mut self, text: &str) -> Message {
        let Running::Program(container) = &self.running else { return self.own(text) };
        let container = container.clone();
        if says_gone(text, container.as_deref()) {
            return self.held.replace(text.to_string()).map_or(Message::Nothing, Message::Output);
        }
        // Docker says first that the container is gone; Podman at the last step of a stage only, with COMMIT.
        let may_end = self.held.is_some() || container.is_none();
        let printed = self.held.take().unwrap_or_default() + text;
        match proof(text, container.is_none()).filter(|_| may_end) {
            Some(proof) => Message::Claim(Claim { container, proof, said: text.to_string(), printed }),
            None => Message::Output(printed),
        }
    }

    /// What a claim was, after the engine was asked.
    pub(super) fn decide(&mut self, claim: Claim, holds: bool) -> Message {
        if !holds {
            return Message::Output(claim.printed);
        }
        self.running = Running::Nothing;
        self.own(&claim.said)
    }

    /// A message while nothing but the builder speaks.
    fn own(&mut self, text: &str) -> Message {
        let line = text.trim_end_matches(['\n', '\r']);
        if let Some((stage, number, name)) =
            step_line(line).filter(|(stage, number, _)| self.comes_next(*stage, *number))
        {
            self.at = (stage, number);
            self.is_from = name.get(..5).is_some_and(|keyword| keyword.eq_ignore_ascii_case("FROM "));
            (self.cached, self.ran, self.triggers) = (false, false, false);
            let is_run = name.get(..4).is_some_and(|keyword| keyword.eq_ignore_ascii_case("RUN "));
            if behind_stage(line).starts_with("STEP ") && is_run {
                self.running = Running::Program(None);
            }
            return Message::Step { stage, number };
        }
        if let Some(rest) = line.strip_prefix(" ---> ").or_else(|| line.strip_prefix("--> ")) {
            if rest == "Using cache" || rest.strip_prefix("Using cache ").is_some_and(is_id) {
                self.cached = true;
                return Message::Cached;
            }
            if let Some(id) = rest.strip_prefix("Running in ").filter(|id| is_id(id)) {
                self.running = Running::Program(Some(id.to_string()));
                self.ran = true;
                return Message::Container(id.to_string());
            }
            if is_id(rest) {
                let is_new = if self.is_from { self.ran || self.triggers } else { self.ran || !self.cached };
                return Message::Image(Made { id: rest.to_string(), is_new, has_triggers: self.triggers });
            }
        }
        self.triggers |= line.starts_with("# Executing ") && line.contains(" build trigger");
        let noise =
            ["Removing intermediate", "Removed intermediate", " ---> Removed intermediate", "Successfully ", "COMMIT "];
        let is_digest = line.len() == 64 && is_id(line);
        if line.is_empty() || is_digest || noise.iter().any(|prefix| behind_stage(line).starts_with(prefix)) {
            return Message::Nothing;
        }
        Message::Output(text.to_string())
    }

    /// Whether a step is the one behind the last.
    fn comes_next(&self, stage: Option<usize>, number: usize) -> bool {
        let (last_stage, last) = self.at;
        number == last + 1 && (stage == last_stage || last == 0) || number == 1 && stage > last_stage
    }
}

/// Without Podman's `[1/2] `.
fn behind_stage(line: &str) -> &str {
    line.strip_prefix('[').and_then(|rest| rest.split_once("] ")).map_or(line, |(_, rest)| rest)
}

/// Whether this is the builder's word that a container is gone; of Podman, that a stage is.
fn says_gone(text: &str, container: Option<&str>) -> bool {
    let Some(line) = text.strip_suffix('\n') else { return false };
    match container {
        None => behind_stage(line).starts_with("COMMIT "),
        Some(id) => ["Removing intermediate container ", "Removed intermediate container "]
            .iter()
            .any(|words| line.strip_prefix(" ---> ").unwrap_or(line).strip_prefix(words) == Some(id)),
    }
}

/// What a message names that only the builder can know.
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

/// `Step 3/7 : RUN x`, or Podman's `STEP 3/7: RUN x` and `[2/2] STEP 1/3: FROM y`: stage, number, name.
fn step_line(line: &str) -> Option<(Option<usize>, usize, &str)> {
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

/// An id, whole or cut as builders print it.
fn is_id(text: &str) -> bool {
    (11..=64).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "0123456789ab";
    const IMAGE: &str = "ba9876543210";

    fn image(id: &str, is_new: bool) -> Message {
        Message::Image(Made { id: id.into(), is_new, has_triggers: false })
    }

    fn begun(texts: &[&str]) -> Grammar {
        let mut grammar = Grammar::default();
        for text in texts {
            grammar.read(text);
        }
        grammar
    }

    #[test]
    fn a_step_goes_from_its_line_to_its_image() {
        let mut grammar = Grammar::default();
        assert_eq!(grammar.read("Step 1/3 : FROM a"), Message::Step { stage: None, number: 1 });
        assert_eq!(grammar.read("\n"), Message::Nothing);
        assert_eq!(grammar.read(&format!(" ---> {IMAGE}\n")), image(IMAGE, false));
        grammar.read("Step 2/3 : RUN b");
        assert_eq!(grammar.read(" ---> Using cache\n"), Message::Cached);
        assert_eq!(grammar.read(&format!(" ---> {IMAGE}\n")), image(IMAGE, false));
        grammar.read("Step 3/3 : RUN c");
        assert_eq!(grammar.read(&format!(" ---> Running in {OWN}\n")), Message::Container(OWN.into()));
        assert_eq!(grammar.read("hello\n"), Message::Output("hello\n".into()));
        assert_eq!(grammar.read(&format!("Removing intermediate container {OWN}\n")), Message::Nothing);
        let Message::Claim(claim) = grammar.read(&format!(" ---> {IMAGE}\n")) else { panic!("the engine is asked") };
        assert_eq!((claim.container.as_deref(), &claim.proof), (Some(OWN), &Proof::Image(IMAGE.into())));
        assert_eq!(grammar.decide(claim, true), image(IMAGE, true));
        assert_eq!(grammar.read(&format!("Successfully built {IMAGE}\n")), Message::Nothing);
    }

    #[test]
    fn what_a_program_prints_stays_its_output() {
        let running = format!(" ---> Running in {OWN}\n");
        let mut grammar = begun(&["Step 1/3 : FROM a", "Step 2/3 : RUN b", &running]);
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
            assert_eq!(grammar.read(text), Message::Output(text.into()));
        }
        // It knows its own id. Then the engine is asked, and knows better.
        let (gone, made) = (format!("Removing intermediate container {OWN}\n"), format!(" ---> {IMAGE}\n"));
        assert_eq!(grammar.read(&gone), Message::Nothing);
        assert_eq!(grammar.read(&gone), Message::Output(gone.clone()));
        let Message::Claim(claim) = grammar.read(&made) else { panic!("the engine is asked") };
        assert_eq!(grammar.decide(claim, false), Message::Output(format!("{gone}{made}")));
        assert_eq!(grammar.read("Step 3/3 : RUN evil\n"), Message::Output("Step 3/3 : RUN evil\n".into()));
        assert_eq!(grammar.read(&gone), Message::Nothing);
        assert_eq!(grammar.read("more\n"), Message::Output(format!("{gone}more\n")));
    }

    #[test]
    fn triggers_run_below_a_base_image() {
        let running = |id: &str| format!(" ---> Running in {id}\n");
        let mut grammar = begun(&["Step 1/1 : FROM a", "# Executing 2 build triggers\n", &running(OWN)]);
        grammar.read(&format!("Removing intermediate container {OWN}\n"));
        let Message::Claim(claim) = grammar.read(&running(IMAGE)) else { panic!("the engine is asked") };
        assert_eq!(claim.proof, Proof::Container(IMAGE.into()));
        assert_eq!(grammar.decide(claim, true), Message::Container(IMAGE.into()));
        grammar.read(&format!("Removing intermediate container {IMAGE}\n"));
        let Message::Claim(claim) = grammar.read(&format!(" ---> {OWN}\n")) else { panic!("the engine is asked") };
        let made = Made { id: OWN.into(), is_new: true, has_triggers: true };
        assert_eq!(grammar.decide(claim, true), Message::Image(made));
    }

    #[test]
    fn podman_numbers_each_stage() {
        assert_eq!(step_line("[2/2] STEP 2/3: COPY a b"), Some((Some(1), 2, "COPY a b")));
        assert_eq!(step_line("STEP 1/3: FROM a"), Some((None, 1, "FROM a")));
        assert_eq!(step_line("[0/2] STEP 1/3: FROM a"), None);
        let mut grammar = begun(&["[1/2] STEP 1/2: FROM a\n", "[1/2] STEP 2/2: RUN b\n"]);
        assert_eq!(grammar.read("STEP 1/1: FROM evil\n"), Message::Output("STEP 1/1: FROM evil\n".into()));
        let Message::Claim(claim) = grammar.read(&format!("--> {IMAGE}\n")) else { panic!("the engine is asked") };
        assert_eq!(grammar.decide(claim, true), image(IMAGE, true));
        assert_eq!(grammar.read("[2/2] STEP 1/1: FROM c\n"), Message::Step { stage: Some(1), number: 1 });
        assert_eq!(grammar.read("[2/2] STEP 2/2: RUN d\n"), Message::Step { stage: Some(1), number: 2 });
        let Message::Claim(claim) = grammar.read(&format!("--> Using cache {IMAGE}\n")) else { panic!("asked") };
        assert_eq!(grammar.decide(claim, true), Message::Cached);
        assert_eq!(grammar.read("[2/2] COMMIT name\n"), Message::Nothing);
        assert_eq!(grammar.read(&format!("--> {IMAGE}\n")), image(IMAGE, false));
    }
}
