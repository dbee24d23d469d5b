extension IntegerGrid {
  /// The integers 0 to 1.
  @inlinable
  public static var uint1: IntegerGrid { .unsigned(bits: 1) }

  /// The integers 0 to 3.
  @inlinable
  public static var uint2: IntegerGrid { .unsigned(bits: 2) }

  /// The integers 0 to 7.
  @inlinable
  public static var uint3: IntegerGrid { .unsigned(bits: 3) }

  /// The integers 0 to 15.
  @inlinable
  public static var uint4: IntegerGrid { .unsigned(bits: 4) }

  /// The integers 0 to 31.
  @inlinable
  public static var uint5: IntegerGrid { .unsigned(bits: 5) }

  /// The integers 0 to 63.
  @inlinable
  public static var uint6: IntegerGrid { .unsigned(bits: 6) }

  /// The integers 0 to 127.
  @inlinable
  public static var uint7: IntegerGrid { .unsigned(bits: 7) }

  /// The integers 0 to 255.
  @inlinable
  public static var uint8: IntegerGrid { .unsigned(bits: 8) }

  /// The integers −2 to 1.
  @inlinable
  public static var int2: IntegerGrid { .signed(bits: 2) }

  /// The integers −4 to 3.
  @inlinable
  public static var int3: IntegerGrid { .signed(bits: 3) }

  /// The integers −8 to 7.
  @inlinable
  public static var int4: IntegerGrid { .signed(bits: 4) }

  /// The integers −16 to 15.
  @inlinable
  public static var int5: IntegerGrid { .signed(bits: 5) }

  /// The integers −32 to 31.
  @inlinable
  public static var int6: IntegerGrid { .signed(bits: 6) }

  /// The integers −64 to 63.
  @inlinable
  public static var int7: IntegerGrid { .signed(bits: 7) }

  /// The integers −128 to 127.
  @inlinable
  public static var int8: IntegerGrid { .signed(bits: 8) }

  /// The integers −1 to 1.
  @inlinable
  public static var int2Restricted: IntegerGrid { .signed(bits: 2, restricted: true) }

  /// The integers −3 to 3.
  @inlinable
  public static var int3Restricted: IntegerGrid { .signed(bits: 3, restricted: true) }

  /// The integers −7 to 7.
  @inlinable
  public static var int4Restricted: IntegerGrid { .signed(bits: 4, restricted: true) }

  /// The integers −127 to 127.
  @inlinable
  public static var int8Restricted: IntegerGrid { .signed(bits: 8, restricted: true) }
}
