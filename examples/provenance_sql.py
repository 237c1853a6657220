"""Asks DuckDB where the images of a dataset come from, and which have findings. The tables are plain CSV in zstd, so
that nothing else is needed.

Usage: python examples/provenance_sql.py [DATASET]
"""

import sys

import duckdb

folder = sys.argv[1] if len(sys.argv) > 1 else "shards/kaggle"
database = duckdb.connect()
# Labels are names, even if all are digits.
text = {"key": "VARCHAR", "label": "VARCHAR"}
for name in ("provenance", "findings"):
    database.read_csv(f"{folder}/{name}.csv.zst", header=True, dtype=text).create_view(name)

print("Source folders")
database.sql("""
    SELECT regexp_extract(key, '(.*)/', 1) AS folder, label, count(*) AS images,
        count(*) FILTER (split = 'test') AS test, count(DISTINCT (width, height)) AS sizes,
        min(width * height) AS fewest_pixels, max(width * height) AS most_pixels
    FROM provenance
    GROUP BY ALL ORDER BY ALL
""").show()

print("Images with findings")
database.sql("""
    SELECT finding, set, key, split, shard, slot, width, height, left(sha256, 12) AS sha256
    FROM findings JOIN provenance USING (id, key, label)
    ORDER BY finding, set, key
""").show()

images, labels, crossing = database.sql("""
    SELECT count(*), count(DISTINCT label), (
        SELECT count(*) FROM (
            SELECT unit FROM provenance WHERE unit IS NOT NULL GROUP BY unit HAVING count(DISTINCT split) > 1))
    FROM provenance
""").fetchall()[0]
print(f"{images} images in {labels} classes; sets of like images that cross splits: {crossing}")
