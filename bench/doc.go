// Command bench runs the real ExternalDNS and tranship side by side on the lab:
// the same fleet, the same clients, one run each; and prints what the clients and
// AWS saw of both in one table. README.md says what is measured and how.
package main
