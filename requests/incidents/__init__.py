"""The breach register: what GDPR Article 33(5) asks for, and 72 hours from when we knew."""
