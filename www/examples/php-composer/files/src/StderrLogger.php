<?php

declare(strict_types=1);

namespace Guestbook;

use Psr\Log\AbstractLogger;

/** Writes to the standard error stream, which `docker logs` shows. */
final class StderrLogger extends AbstractLogger
{
    public function log($level, string|\Stringable $message, array $context = []): void
    {
        error_log("[$level] $message");
    }
}
