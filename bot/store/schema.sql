-- trading.db, version 1. Every table, column and unit is described in docs/DATA.md.
-- Instants are integer UTC milliseconds; sizes BTC; prices and money USDT.

CREATE TABLE candles (
    timestamp  INTEGER NOT NULL,
    pair       TEXT    NOT NULL,
    open       REAL    NOT NULL,
    high       REAL    NOT NULL,
    low        REAL    NOT NULL,
    close      REAL    NOT NULL,
    vBuy       REAL    NOT NULL,
    vSell      REAL    NOT NULL,
    sources    INTEGER,
    configured INTEGER,
    PRIMARY KEY (timestamp, pair)
) STRICT, WITHOUT ROWID;

CREATE TABLE exchange_candles (
    timestamp INTEGER NOT NULL,
    pair      TEXT    NOT NULL,
    exchange  TEXT    NOT NULL,
    open      REAL    NOT NULL,
    high      REAL    NOT NULL,
    low       REAL    NOT NULL,
    close     REAL    NOT NULL,
    vBuy      REAL    NOT NULL,
    vSell     REAL    NOT NULL,
    trades    INTEGER NOT NULL,
    complete  INTEGER NOT NULL CHECK (complete IN (0, 1, 2)),
    PRIMARY KEY (timestamp, pair, exchange)
) STRICT, WITHOUT ROWID;

CREATE TABLE configurations (
    id         INTEGER PRIMARY KEY,
    since      INTEGER NOT NULL,
    pair       TEXT    NOT NULL,
    parameters TEXT    NOT NULL,
    market     TEXT    NOT NULL,
    exchanges  TEXT    NOT NULL,
    version    TEXT    NOT NULL
) STRICT;

CREATE TABLE trades (
    id            INTEGER PRIMARY KEY,
    tradeNumber   INTEGER NOT NULL,
    pair          TEXT    NOT NULL,
    mode          TEXT    NOT NULL CHECK (mode IN ('paper', 'backtest', 'imported')),
    entryType     TEXT    NOT NULL CHECK (entryType IN ('Long', 'Short')),
    entryPrice    REAL    NOT NULL,
    entryTime     INTEGER NOT NULL,
    exitPrice     REAL    NOT NULL,
    exitTime      INTEGER NOT NULL,
    profit        REAL    NOT NULL,
    outcome       TEXT    NOT NULL,
    newBalance    REAL    NOT NULL,
    size          REAL,
    stopLoss      REAL,
    takeProfit    REAL,
    fees          REAL,
    setup         INTEGER,
    configuration INTEGER REFERENCES configurations (id),
    decided       INTEGER,
    UNIQUE (pair, mode, tradeNumber)
) STRICT;
CREATE INDEX trades_by_entry ON trades (entryTime);
CREATE INDEX trades_by_exit ON trades (exitTime);

CREATE TABLE orders (
    orderNumber   INTEGER NOT NULL,
    pair          TEXT    NOT NULL PRIMARY KEY,
    entryType     TEXT    NOT NULL CHECK (entryType IN ('Long', 'Short')),
    entryPrice    REAL    NOT NULL,
    entryTime     INTEGER NOT NULL,
    size          REAL    NOT NULL,
    stopLoss      REAL    NOT NULL,
    takeProfit    REAL    NOT NULL,
    setup         INTEGER NOT NULL,
    configuration INTEGER NOT NULL REFERENCES configurations (id),
    decided       INTEGER NOT NULL
) STRICT;

CREATE TABLE candle_corrections (
    id         INTEGER PRIMARY KEY,
    corrected  INTEGER NOT NULL,
    timestamp  INTEGER NOT NULL,
    pair       TEXT    NOT NULL,
    open       REAL,
    high       REAL,
    low        REAL,
    close      REAL,
    vBuy       REAL,
    vSell      REAL,
    sources    INTEGER,
    configured INTEGER
) STRICT;
CREATE INDEX candle_corrections_by_time ON candle_corrections (timestamp);

CREATE TABLE setup_events (
    id            INTEGER PRIMARY KEY,
    timestamp     INTEGER NOT NULL,
    pair          TEXT    NOT NULL,
    mode          TEXT    NOT NULL,
    configuration INTEGER REFERENCES configurations (id),
    setup         INTEGER NOT NULL,
    event         TEXT    NOT NULL,
    price         REAL,
    detail        TEXT    NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX setup_events_by_time ON setup_events (timestamp);

CREATE TABLE exchange_status (
    exchange   TEXT    NOT NULL PRIMARY KEY,
    connected  INTEGER NOT NULL,
    last_trade INTEGER,
    reconnects INTEGER NOT NULL DEFAULT 0,
    gaps       INTEGER NOT NULL DEFAULT 0,
    rejects    INTEGER NOT NULL DEFAULT 0,
    updated    INTEGER NOT NULL
) STRICT;

CREATE TABLE verifications (
    id          INTEGER PRIMARY KEY,
    timestamp   INTEGER NOT NULL,
    "from"      INTEGER NOT NULL,
    "to"        INTEGER NOT NULL,
    trades      INTEGER NOT NULL,
    differences TEXT    NOT NULL
) STRICT;

CREATE TABLE logs (
    id        INTEGER PRIMARY KEY,
    timestamp INTEGER NOT NULL,
    level     TEXT    NOT NULL,
    event     TEXT    NOT NULL,
    message   TEXT    NOT NULL
) STRICT;
CREATE INDEX logs_by_time ON logs (timestamp);

CREATE TABLE state (
    key     TEXT    NOT NULL PRIMARY KEY,
    value   TEXT    NOT NULL,
    updated INTEGER NOT NULL
) STRICT;
