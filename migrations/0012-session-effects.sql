-- The engine compares what is sent again, byte by byte, with what it remembers: json keeps the order of keys.
alter table session alter column last_effects type json using last_effects::text::json;
