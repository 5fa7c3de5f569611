//! Long options of GNU's tools, as getopt_long(3) reads them: shortened, with a value of their own word, mixed with
//! operands. What has a letter becomes the letter, what has none keeps its name and takes its value to itself, so that
//! a model sees one form of each.

/// Of each command: `long` for an option, `long:x` for one with a letter, `long=` and `long=x` for those with a
/// value, `long?` for one whose value, if any, stands behind `=`.
///
/// From the usage texts of coreutils 9.1, findutils 4.9, grep 3.8, sed 4.9, tar 1.34, gzip 1.12, xz 5.4, diffutils 3.8
/// and patch 2.7.
const TABLE: &[(&str, &str)] = &[
    ("base64", "decode:d wrap=w ignore-garbage:i"),
    ("basename", "multiple:a suffix=s zero:z"),
    ("bzip2", "decompress:d compress:z stdout:c keep:k force:f test:t quiet:q verbose:v small:s fast:1 best:9"),
    ("cat", "number:n number-nonblank:b squeeze-blank:s show-all:A show-ends:E show-tabs:T show-nonprinting:v"),
    (
        "chgrp",
        "recursive:R verbose:v changes:c silent:f quiet:f no-dereference:h dereference reference= preserve-root \
         no-preserve-root",
    ),
    ("chmod", "recursive:R verbose:v changes:c silent:f quiet:f reference= preserve-root no-preserve-root"),
    (
        "chown",
        "recursive:R verbose:v changes:c silent:f quiet:f no-dereference:h dereference reference= from= preserve-root \
         no-preserve-root",
    ),
    ("cmp", "print-bytes:b ignore-initial=i verbose:l bytes=n quiet:s silent:s"),
    ("comm", "check-order nocheck-order output-delimiter= zero-terminated:z total"),
    (
        "cp",
        "archive:a attributes-only backup? copy-contents force:f interactive:i link:l dereference:L no-clobber:n \
         no-dereference:P parents preserve? no-preserve= recursive:R reflink? remove-destination sparse= \
         strip-trailing-slashes symbolic-link:s suffix=S target-directory=t no-target-directory:T update:u verbose:v \
         one-file-system:x",
    ),
    (
        "cut",
        "bytes=b characters=c delimiter=d fields=f only-delimited:s complement output-delimiter= zero-terminated:z",
    ),
    ("date", "date=d file=f reference=r utc:u universal:u set=s iso-8601? rfc-email:R rfc-3339="),
    ("dirname", "zero:z"),
    (
        "du",
        "all:a bytes:b total:c human-readable:h summarize:s max-depth=d apparent-size block-size=B count-links:l \
         dereference:L separate-dirs:S exclude= one-file-system:x null:0",
    ),
    ("env", "unset=u ignore-environment:i chdir=C split-string=S null:0"),
    ("expand", "initial:i tabs=t"),
    ("fold", "bytes:b spaces:s width=w"),
    (
        "grep",
        "extended-regexp:E fixed-strings:F basic-regexp:G perl-regexp:P regexp=e file=f ignore-case:i no-ignore-case \
         invert-match:v word-regexp:w line-regexp:x count:c color? colour? files-without-match:L files-with-matches:l \
         max-count=m only-matching:o quiet:q silent:q no-messages:s byte-offset:b with-filename:H no-filename:h label= \
         line-number:n initial-tab:T null:Z after-context=A before-context=B context=C text:a binary-files= recursive:r \
         dereference-recursive:R include= exclude= exclude-dir= exclude-from= null-data:z line-buffered",
    ),
    (
        "gzip",
        "stdout:c to-stdout:c decompress:d uncompress:d force:f keep:k list:l no-name:n name:N quiet:q recursive:r \
         suffix=S test:t verbose:v fast:1 best:9 rsyncable",
    ),
    ("head", "bytes=c lines=n quiet:q silent:q verbose:v zero-terminated:z"),
    ("id", "user:u group:g groups:G name:n real:r zero:z"),
    (
        "install",
        "mode=m owner=o group=g directory:d verbose:v preserve-timestamps:p target-directory=t no-target-directory:T \
         compare:C strip:s backup? suffix=S",
    ),
    ("join", "ignore-case:i check-order nocheck-order header zero-terminated:z"),
    (
        "ln",
        "symbolic:s force:f no-dereference:n relative:r target-directory=t no-target-directory:T verbose:v logical:L \
         physical:P backup? suffix=S interactive:i",
    ),
    (
        "ls",
        "all:a almost-all:A escape:b ignore-backups:B color? directory:d classify? file-type format= full-time \
         group-directories-first no-group:G human-readable:h si dereference:L hide= indicator-style= inode:i ignore=I \
         kibibytes:k numeric-uid-gid:n literal:N hide-control-chars:q quote-name:Q quoting-style= reverse:r recursive:R \
         size:s sort= time= time-style= tabsize=T width=w zero",
    ),
    ("mkdir", "mode=m parents:p verbose:v context?"),
    ("mktemp", "directory:d dry-run:u quiet:q suffix= tmpdir?"),
    (
        "mv",
        "force:f interactive:i no-clobber:n strip-trailing-slashes suffix=S target-directory=t no-target-directory:T \
         update:u verbose:v backup?",
    ),
    ("nice", "adjustment=n"),
    (
        "nl",
        "body-numbering=b section-delimiter=d footer-numbering=f header-numbering=h line-increment=i \
         join-blank-lines=l number-format=n no-renumber:p number-separator=s starting-line-number=v number-width=w",
    ),
    ("od", "address-radix=A format=t read-bytes=N skip-bytes=j output-duplicates:v width? strings? endian="),
    ("paste", "delimiters=d serial:s zero-terminated:z"),
    (
        "readlink",
        "canonicalize:f canonicalize-existing:e canonicalize-missing:m no-newline:n quiet:q silent:s verbose:v zero:z",
    ),
    (
        "realpath",
        "canonicalize-existing:e canonicalize-missing:m logical:L physical:P quiet:q relative-to= relative-base= strip:s \
         no-symlinks:s zero:z",
    ),
    ("rm", "force:f recursive:r dir:d verbose:v one-file-system preserve-root? no-preserve-root interactive?"),
    ("rmdir", "parents:p verbose:v ignore-fail-on-non-empty"),
    (
        "sed",
        "quiet:n silent:n expression=e file=f in-place? null-data:z regexp-extended:E separate:s unbuffered:u \
         line-length=l posix debug follow-symlinks sandbox",
    ),
    ("seq", "format=f separator=s equal-width:w"),
    ("sha256sum", "binary:b check:c text:t tag quiet status strict warn:w ignore-missing zero:z"),
    ("shuf", "echo:e input-range=i head-count=n output=o random-source= repeat:r zero-terminated:z"),
    (
        "sort",
        "ignore-leading-blanks:b dictionary-order:d ignore-case:f general-numeric-sort:g ignore-nonprinting:i \
         month-sort:M human-numeric-sort:h numeric-sort:n random-sort:R reverse:r version-sort:V check? key=k merge:m \
         output=o stable:s buffer-size=S field-separator=t temporary-directory=T unique:u zero-terminated:z parallel=",
    ),
    (
        "split",
        "suffix-length=a bytes=b lines=l numeric-suffixes? line-bytes=C number=n additional-suffix= elide-empty-files:e \
         verbose",
    ),
    ("stat", "dereference:L file-system:f format=c terse:t printf="),
    ("tac", "before:b regex:r separator=s"),
    ("tail", "bytes=c lines=n quiet:q silent:q verbose:v zero-terminated:z follow? retry pid= sleep-interval=s"),
    (
        "tar",
        "create:c extract:x get:x list:t append:r update:u catenate:A file=f directory=C gzip:z gunzip:z bzip2:j xz:J \
         verbose:v preserve-permissions:p same-permissions:p strip-components= exclude= exclude-from=X files-from=T \
         owner= group= mode= mtime= no-same-owner no-same-permissions numeric-owner same-owner keep-old-files:k overwrite \
         to-stdout:O touch:m absolute-names:P dereference:h sort= transform= xform= use-compress-program=I \
         one-file-system null no-recursion totals checkpoint? warning= format= zstd auto-compress:a wildcards \
         exclude-vcs add-file= delete skip-old-files keep-newer-files anchored",
    ),
    ("tee", "append:a ignore-interrupts:i output-error?"),
    ("timeout", "kill-after=k signal=s foreground preserve-status verbose:v"),
    ("touch", "date=d reference=r no-create:c no-dereference:h time="),
    ("tr", "complement:c delete:d squeeze-repeats:s truncate-set1:t"),
    ("truncate", "no-create:c io-blocks:o reference=r size=s"),
    (
        "uname",
        "all:a kernel-name:s nodename:n kernel-release:r kernel-version:v machine:m processor:p operating-system:o \
         hardware-platform:i",
    ),
    ("unexpand", "all:a first-only tabs=t"),
    (
        "uniq",
        "count:c repeated:d skip-fields=f ignore-case:i skip-chars=s unique:u zero-terminated:z check-chars=w \
         all-repeated? group?",
    ),
    ("wc", "bytes:c chars:m lines:l max-line-length:L words:w"),
    (
        "xargs",
        "arg-file=a null:0 delimiter=d replace? max-lines? max-args=n max-procs=P no-run-if-empty:r verbose:t \
         max-chars=s interactive:p exit:x eof?",
    ),
    (
        "xz",
        "decompress:d compress:z stdout:c keep:k force:f test:t list:l extreme:e threads=T quiet:q verbose:v format=F \
         check=C",
    ),
];

/// Commands that read another one's options.
const ALIKE: [(&str, &str); 15] = [
    ("bunzip2", "bzip2"),
    ("bzcat", "bzip2"),
    ("egrep", "grep"),
    ("fgrep", "grep"),
    ("gunzip", "gzip"),
    ("md5sum", "sha256sum"),
    ("rgrep", "grep"),
    ("sha1sum", "sha256sum"),
    ("sha224sum", "sha256sum"),
    ("sha384sum", "sha256sum"),
    ("sha512sum", "sha256sum"),
    ("unxz", "xz"),
    ("xzcat", "xz"),
    ("zcat", "gzip"),
    ("zgrep", "grep"),
];

/// Commands whose first operand is another one's name: what stands behind it is that one's.
const OTHERS: [&str; 4] = ["env", "nice", "timeout", "xargs"];

/// A command's words with long options in one form; `None` where they are so already, or are not known.
pub(crate) fn normalize(argv: &[String]) -> Option<Vec<String>> {
    if !argv.iter().skip(1).any(|word| word.starts_with("--") && word.len() > 2) {
        return None;
    }
    let name = crate::fs::path::file_name(argv.first()?);
    let like = ALIKE.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| name);
    let at = TABLE.binary_search_by(|(known, _)| (*known).cmp(like)).ok()?;
    let known: Vec<&str> = TABLE.get(at)?.1.split_whitespace().collect();
    let mut words = argv.iter();
    let mut all: Vec<String> = words.next().into_iter().cloned().collect();
    while let Some(word) = words.next() {
        if word == "--" || OTHERS.contains(&name) && !word.starts_with('-') {
            all.push(word.clone());
            all.extend(words.by_ref().cloned());
            break;
        }
        let Some(long) = word.strip_prefix("--") else {
            all.push(word.clone());
            continue;
        };
        let (asked, glued) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
        let Some((long, kind, letter)) = find(&known, asked) else {
            all.push(word.clone());
            continue;
        };
        match (kind, letter) {
            ('=', "") => match glued.map(str::to_string).or_else(|| words.next().cloned()) {
                Some(value) => all.push(format!("--{long}={value}")),
                None => all.push(format!("--{long}")),
            },
            ('=', letter) => {
                all.push(format!("-{letter}"));
                all.extend(glued.map(str::to_string).or_else(|| words.next().cloned()));
            }
            (':', letter) if glued.is_none() && !letter.is_empty() => all.push(format!("-{letter}")),
            _ => all.push(glued.map_or_else(|| format!("--{long}"), |value| format!("--{long}={value}"))),
        }
    }
    Some(all)
}

/// The option of a name, or the only one that begins with it: its name, its kind, its letter.
fn find<'a>(known: &[&'a str], asked: &str) -> Option<(&'a str, char, &'a str)> {
    let read = |entry: &&'a str| {
        let at = entry.find([':', '=', '?']);
        match at {
            Some(at) => (&entry[..at], entry[at..].chars().next().unwrap_or(':'), &entry[at + 1..]),
            None => (*entry, ':', ""),
        }
    };
    let all: Vec<_> = known.iter().map(read).filter(|(name, ..)| name.starts_with(asked)).collect();
    let whole = all.iter().find(|(name, ..)| *name == asked);
    whole
        .or(all.first().filter(|first| {
            all.iter().all(|(_, kind, letter)| !letter.is_empty() && (*kind, *letter) == (first.1, first.2))
                || all.len() == 1
        }))
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plainly(text: &str) -> String {
        let words: Vec<String> = text.split(' ').map(str::to_string).collect();
        normalize(&words).unwrap_or(words).join(" ")
    }

    #[test]
    fn the_table_is_in_order() {
        assert!(TABLE.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn long_options_become_letters_or_take_their_values() {
        for (given, wanted) in [
            ("mkdir --mode 700 --parents a", "mkdir -m 700 -p a"),
            ("mkdir --mode=700 -- --a", "mkdir -m 700 -- --a"),
            ("cp --no-preserve mode --recurs a b", "cp --no-preserve=mode -R a b"),
            ("cp --preserve=mode a b", "cp --preserve=mode a b"),
            ("head --lines 1 f", "head -n 1 f"),
            ("grep --quiet --color=never a f", "grep -q --color=never a f"),
            ("grep --no-such a", "grep --no-such a"),
            ("xargs --max-args 1 tar --file x", "xargs -n 1 tar --file x"),
            ("rm --preserve-root -r a", "rm --preserve-root -r a"),
            ("unknown --file a", "unknown --file a"),
        ] {
            assert_eq!(plainly(given), wanted, "{given}");
        }
    }
}
