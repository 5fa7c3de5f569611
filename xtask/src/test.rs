use crate::run::Done;
pub(crate) fn test(_quick: bool) -> Done {
    Ok(())
}
