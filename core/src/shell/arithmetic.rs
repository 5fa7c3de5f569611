//! `$((…))`: evaluates what brush-parser parsed.

use super::Shell;
use super::language::Language;
use brush_parser::ast::{
    ArithmeticExpr as E, ArithmeticTarget, BinaryOperator as B, UnaryAssignmentOperator as U, UnaryOperator,
};

impl Shell {
    pub(super) fn arithmetic(&mut self, text: &str) -> Result<i64, String> {
        if text.trim().is_empty() {
            return Ok(0);
        }
        // dash has no comma.
        if self.language() == Language::Dash && text.contains(',') {
            return Err(format!("{}: arithmetic expression: expecting EOF: \"{text}\"", self.message_prefix()));
        }
        let expression = brush_parser::arithmetic::parse(text.trim()).map_err(|_| self.wrong(text))?;
        self.evaluate(&expression, 0).map_err(|error| if error.is_empty() { self.wrong(text) } else { error })
    }

    /// The variable or array element that a target names: `a`, `a[1]`.
    fn target(&mut self, target: &ArithmeticTarget, depth: u32) -> Result<String, String> {
        match target {
            ArithmeticTarget::Variable(name) => Ok(name.clone()),
            ArithmeticTarget::ArrayElement(name, index) => Ok(format!("{name}[{}]", self.evaluate(index, depth)?)),
        }
    }

    /// The value of a variable: a number, or in bash and ash an expression again.
    fn number(&mut self, name: &str, depth: u32) -> Result<i64, String> {
        let text = self.place(name)?.unwrap_or_default().trim().to_string();
        if text.is_empty() {
            return Ok(0);
        }
        let expression = brush_parser::arithmetic::parse(&text).map_err(|_| self.wrong(&text))?;
        match expression {
            E::Literal(value) => Ok(value),
            E::UnaryOp(UnaryOperator::UnaryMinus, inner) if matches!(*inner, E::Literal(_)) => {
                Ok(self.evaluate(&inner, depth)?.wrapping_neg())
            }
            _ if self.language() == Language::Dash => Err(format!("{}: Illegal number: {text}", self.message_prefix())),
            other => self.evaluate(&other, depth),
        }
    }

    fn wrong(&self, text: &str) -> String {
        let prefix = self.message_prefix();
        match self.language() {
            Language::Dash => format!("{prefix}: arithmetic expression: expecting primary: \"{text}\""),
            Language::Bash => format!("{prefix}: {text}: arithmetic syntax error"),
            Language::Ash => format!("{prefix}: arithmetic syntax error"),
        }
    }

    /// The shell's error message for an expression that cannot be evaluated.
    fn impossible(&self, why: &str) -> String {
        let prefix = self.message_prefix();
        match (self.language(), why) {
            (Language::Ash, "division by 0") => format!("{prefix}: divide by zero"),
            (Language::Dash, "division by 0") => format!("{prefix}: arithmetic expression: division by zero"),
            (_, "division by 0") => format!("{prefix}: division by 0 (error token is \"0\")"),
            _ => format!("{prefix}: {why}"),
        }
    }

    fn evaluate(&mut self, expression: &E, depth: u32) -> Result<i64, String> {
        if depth > super::limits::MAX_DEPTH * 4 {
            return Err("arithmetic is nested too deeply".into());
        }
        let depth = depth + 1;
        Ok(match expression {
            E::Literal(value) => *value,
            E::Reference(target) => {
                let name = self.target(target, depth)?;
                self.number(&name, depth)?
            }
            // dash has no increments and no powers.
            E::UnaryAssignment(..) | E::BinaryOp(B::Power, ..) if self.language() == Language::Dash => {
                return Err(String::new());
            }
            E::UnaryOp(operator, inner) => {
                let value = self.evaluate(inner, depth)?;
                match operator {
                    UnaryOperator::UnaryPlus => value,
                    UnaryOperator::UnaryMinus => value.wrapping_neg(),
                    UnaryOperator::BitwiseNot => !value,
                    UnaryOperator::LogicalNot => i64::from(value == 0),
                }
            }
            E::BinaryOp(B::LogicalAnd, a, b) => {
                i64::from(self.evaluate(a, depth)? != 0 && self.evaluate(b, depth)? != 0)
            }
            E::BinaryOp(B::LogicalOr, a, b) => {
                i64::from(self.evaluate(a, depth)? != 0 || self.evaluate(b, depth)? != 0)
            }
            E::BinaryOp(operator, a, b) => {
                let (a, b) = (self.evaluate(a, depth)?, self.evaluate(b, depth)?);
                binary(operator, a, b).map_err(|why| self.impossible(why))?
            }
            E::Conditional(condition, yes, no) => {
                if self.evaluate(condition, depth)? != 0 {
                    self.evaluate(yes, depth)?
                } else {
                    self.evaluate(no, depth)?
                }
            }
            E::Assignment(target, value) => {
                let value = self.evaluate(value, depth)?;
                let name = self.target(target, depth)?;
                self.assign_place(&name, value.to_string())?;
                value
            }
            E::BinaryAssignment(operator, target, value) => {
                let name = self.target(target, depth)?;
                let value = self.evaluate(value, depth)?;
                let old = self.number(&name, depth)?;
                let value = binary(operator, old, value).map_err(|why| self.impossible(why))?;
                self.assign_place(&name, value.to_string())?;
                value
            }
            E::UnaryAssignment(operator, target) => {
                let name = self.target(target, depth)?;
                let old = self.number(&name, depth)?;
                let (new, result) = match operator {
                    U::PrefixIncrement => (old.wrapping_add(1), old.wrapping_add(1)),
                    U::PrefixDecrement => (old.wrapping_sub(1), old.wrapping_sub(1)),
                    U::PostfixIncrement => (old.wrapping_add(1), old),
                    U::PostfixDecrement => (old.wrapping_sub(1), old),
                };
                self.assign_place(&name, new.to_string())?;
                result
            }
        })
    }
}

fn binary(operator: &B, a: i64, b: i64) -> Result<i64, &'static str> {
    Ok(match operator {
        B::Add => a.wrapping_add(b),
        B::Subtract => a.wrapping_sub(b),
        B::Multiply => a.wrapping_mul(b),
        B::Divide => a.checked_div(b).ok_or("division by 0")?,
        B::Modulo => a.checked_rem(b).ok_or("division by 0")?,
        B::Power => a.wrapping_pow(u32::try_from(b).map_err(|_| "exponent less than 0")?),
        B::ShiftLeft => a.wrapping_shl(b as u32),
        B::ShiftRight => a.wrapping_shr(b as u32),
        B::BitwiseAnd => a & b,
        B::BitwiseOr => a | b,
        B::BitwiseXor => a ^ b,
        B::LessThan => i64::from(a < b),
        B::LessThanOrEqualTo => i64::from(a <= b),
        B::GreaterThan => i64::from(a > b),
        B::GreaterThanOrEqualTo => i64::from(a >= b),
        B::Equals => i64::from(a == b),
        B::NotEquals => i64::from(a != b),
        B::Comma => b,
        B::LogicalAnd => i64::from(a != 0 && b != 0),
        B::LogicalOr => i64::from(a != 0 || b != 0),
    })
}
