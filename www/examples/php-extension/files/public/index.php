<?php

declare(strict_types=1);

$database = new PDO(getenv('DATABASE') ?: 'pgsql:host=db;dbname=shop', 'shop', getenv('PASSWORD') ?: '');
$total = (float) $database->query('SELECT sum(price) FROM orders')->fetchColumn();

echo NumberFormatter::create('de_CH', NumberFormatter::CURRENCY)->formatCurrency($total, 'CHF');
