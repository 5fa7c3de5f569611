<?php

declare(strict_types=1);

require __DIR__ . '/../vendor/autoload.php';

$logger = new Guestbook\StderrLogger();
$name = $_GET['name'] ?? 'guest';
$logger->info("A visit of $name.");

echo 'Welcome, ' . htmlspecialchars($name) . '!';
