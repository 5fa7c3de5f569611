#!/bin/bash
echo "ready"
